{{- define "labels" -}}
app.kubernetes.io/name: mimecast-exporter
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "labels.all" -}}
{{ include "labels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "name" -}}
{{ eq .Release.Name "mimecast-exporter" | ternary "mimecast-exporter" (printf "%s-mimecast-exporter" .Release.Name | trunc 63 | trimSuffix "-") }}
{{- end }}
