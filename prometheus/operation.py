"""The alerts for whoever runs the exporter: they tell us, the network and Mimecast apart.

Each failure has one alert. The reason of failed polls changes while an outage lasts, so it is no label of the alert, or
its ``for`` would begin anew with each change; the texts ask for it.
"""

from typing import Final

from prometheus.recording import POLLS
from prometheus.rule import SITE, Alert, Dashboard, Group, Severity, limit
from prometheus.text import COUNT, listed, shown, shown_limit, where

REFUSED: Final = "unauthorized|forbidden|binding_expired"
LIMITED: Final = "rate_limited"

# All other reasons of failed polls, by where they point.
POINTS_AT: Final = {
    "connect|timeout|tls|proxy|protocol|redirect|encoding|not_json|incomplete|http_other|auth_response": (
        "the way to Mimecast: check region or base_url, proxy, name resolution, firewall and TLS inspection; a"
        " large tenant may need a longer timeout."
    ),
    "http_5xx|api_error": (
        "Mimecast: it heals when Mimecast does; if it lasts, ask its support with the log's request id."
    ),
    "http_4xx": "the account or base_url: check that the account has the product, and that base_url is right.",
    "clock_skew": "this host: set its clock, best by NTP.",
    "too_large": "the settings: raise max_response_size if the tenant is that large.",
    "schema|internal": "the exporter: Mimecast's answers have changed, or it has a bug; report the log line.",
}

_UP: Final = "job_instance:mimecast_scrape_up:max"
_TARGETS: Final = shown(f"count by (job) ({_UP}{{job=$job}})")
_DOWN: Final = listed(f"{_UP}{{job=$job}} == 0", "instance", "{{ $one.Labels.instance }}")

_FAILING: Final = "tenant_collector_reason:mimecast_failing:max"
_OTHERWISE: Final = f'{_FAILING}{{tenant=$tenant,reason!~"{REFUSED}|{LIMITED}"}}'
_REASONS: Final = listed(
    f"count by (reason) ({_OTHERWISE})", "reason", "{{ $one.Labels.reason }}", none="no poll has ended yet"
)
_COLLECTOR: Final = "{{ $one.Labels.collector }}"
_FAILING_COLLECTORS: Final = listed(
    _OTHERWISE, "collector", f"{_COLLECTOR} ({{{{ $one.Labels.reason }}}})", none="they wait for their first poll"
)
_POINTS_AT: Final = "".join(
    where(f'{_FAILING}{{tenant=$tenant,reason=~"{reasons}"}}', f" This points at {text}")
    for reasons, text in POINTS_AT.items()
)
_REFUSED_COLLECTORS: Final = listed(f"{_FAILING}{{tenant=$tenant,reason=$reason}}", "collector", _COLLECTOR)
_LIMITED_COLLECTORS: Final = listed(
    f'max by (collector) (max_over_time({_FAILING}{{tenant=$tenant,reason="{LIMITED}"}}[15m]))', "collector", _COLLECTOR
)

_EXPIRED: Final = "tenant_collector:mimecast_expired_age_seconds:min"
_EXPIRED_COLLECTORS: Final = listed(f"{_EXPIRED}{{tenant=$tenant}}", "collector", _COLLECTOR)

_RECORDS: Final = shown("max by (tenant) (mimecast_collector_records{tenant=$tenant,collector=$collector})")
_UNREADABLE: Final = listed(
    "max by (field) (mimecast_collector_unreadable{tenant=$tenant,collector=$collector}) > 0",
    "field",
    f"{{{{ $one.Labels.field }}}} ({{{{ $one.Value | {COUNT} }}}})",
)

_EXPORTER: Final = (
    Alert(
        name="MimecastExporterAbsent",
        means="Prometheus has no target that is an exporter, or the job has another name than the rules expect.",
        expression=f"absent({_UP})",
        lasts="15m",
        severity=Severity.CRITICAL,
        summary="Prometheus scrapes no Mimecast exporter.",
        description=f"""
            Prometheus has no target whose job matches {SITE["job"]}, so nothing is measured, and no other alert about
            Mimecast can fire.

            What to do: check scrape_configs and service discovery of Prometheus. If your job has another name, change
            the pattern in the recording rule {_UP}.
        """,
    ),
    Alert(
        name="MimecastExporterDown",
        means="No target of a job answers Prometheus.",
        expression=f"max by (job) ({_UP}) == 0",
        lasts="15m",
        severity=Severity.CRITICAL,
        summary="Mimecast exporter of job {{ $labels.job }} is down.",
        description=f"""
            None of the {_TARGETS} targets of job {{{{ $labels.job }}}} answers, so their numbers are gone from the
            dashboards.

            What to do: see the error at Status > Targets of Prometheus; then check that the exporter runs and listens
            where Prometheus looks for it, and read its log.
        """,
    ),
    Alert(
        name="MimecastTargetDown",
        means="Some targets of a job do not answer, others do: a replica, or a tenant of /probe.",
        expression=f"""
            count by (job) ({_UP} == 0)
            and on (job)
            max by (job) ({_UP}) == 1
        """,
        lasts="15m",
        summary=f"{{{{ $value }}}} of {_TARGETS} targets of Mimecast job {{{{ $labels.job }}}} are down.",
        description=f"""
            Prometheus gets no answer from {{{{ $value }}}} of {_TARGETS} targets of job
            {{{{ $labels.job }}}}{{{{ if le $value 10.0 }}}}: {_DOWN}{{{{ end }}}}.

            What to do: see the error at Status > Targets of Prometheus. A replica of the exporter: check that it runs,
            and read its log. A tenant of /probe: 400 means that its name is not configured, a timeout that
            scrape_timeout is too short.
        """,
    ),
    Alert(
        name="MimecastConfigReloadFailed",
        means="The exporter could not use its new configuration and goes on with the old one.",
        expression="min by (job, instance) (mimecast_exporter_config_last_reload_successful) == 0",
        lasts="15m",
        summary="Mimecast exporter {{ $labels.instance }} refused its new configuration.",
        description="""
            The exporter {{ $labels.instance }} of job {{ $labels.job }} could not use its new configuration. It goes
            on with the old one, and would not start again with the new.

            What to do: run mimecast-exporter check --offline with the file: it names each problem and its place.
            Correct them, and reload by SIGHUP or /-/reload.
        """,
    ),
)

_TENANTS: Final = (
    Alert(
        name="MimecastTenantDown",
        means="Polls of a tenant fail, for any reason but refused credentials and the rate limit.",
        expression=f"""
            count by (tenant) (
              tenant_collector:mimecast_success:max == 0
              unless on (tenant, collector)
              {_FAILING}{{reason=~"{REFUSED}|{LIMITED}"}}
            )
        """,
        lasts="15m",
        summary=f"Mimecast tenant {{{{ $labels.tenant }}}} cannot be read: {_REASONS}.",
        description=f"""
            Collectors of tenant {{{{ $labels.tenant }}}} that fail ({{{{ $value }}}}): {_FAILING_COLLECTORS}. Their
            last good numbers stay for max_staleness (an hour by default), then they are gone.{_POINTS_AT}

            What to do: run mimecast-exporter check: it asks for {{{{ $labels.tenant }}}} now, and has a hint for each
            failure. So have the exporter's status page and its log.
        """,
    ),
    Alert(
        name="MimecastCredentialsRefused",
        means="Mimecast refuses a tenant's credentials, they have expired, or they lack a permission.",
        expression=f'count by (tenant, reason) ({_FAILING}{{reason=~"{REFUSED}"}})',
        lasts="15m",
        severity=Severity.CRITICAL,
        summary="Mimecast refuses the credentials of tenant {{ $labels.tenant }}: {{ $labels.reason }}.",
        description=f"""
            Mimecast answers {{{{ $labels.reason }}}} to these collectors of tenant {{{{ $labels.tenant }}}}:
            {_REFUSED_COLLECTORS}. This does not heal by itself.

            What to do: {{{{ if eq $labels.reason "binding_expired" }}}}the keys have expired. Make new ones, and set
            the authentication cache TTL of the service user's profile to Never Expire. New key files are read by
            themselves.{{{{ else if eq $labels.reason "forbidden" }}}}the keys are good, but may not read this. Give
            their role Awareness Training | Dashboard | Read, and an API 2.0 application the product Awareness Training;
            or take these collectors out of the tenant's collectors.{{{{ else }}}}check the keys, and that region is the
            account's; if they were revoked, make new ones, which may take 30 minutes to work.{{{{ end }}}}
        """,
    ),
    Alert(
        name="MimecastDataStale",
        means="The last good numbers of a tenant are too old to be shown, so dashboards have a gap.",
        expression=f"max by (tenant) ({_EXPIRED}) > {limit('data_age_red')}",
        lasts="15m",
        severity=Severity.CRITICAL,
        summary="Mimecast tenant {{ $labels.tenant }} has had no current numbers for {{ $value | humanizeDuration }}.",
        description=f"""
            Tenant {{{{ $labels.tenant }}}} was last read {{{{ $value | humanizeDuration }}}} ago, longer than
            max_staleness allows. Dashboards show a gap where these were: {_EXPIRED_COLLECTORS}.

            What to do: remove the cause that MimecastTenantDown, MimecastCredentialsRefused or MimecastRateLimited
            names for this tenant; without one, run mimecast-exporter check. A longer max_staleness would only hide it.
        """,
    ),
    Alert(
        name="MimecastRateLimited",
        means="Mimecast has limited a tenant's rate again and again for an hour.",
        expression=f'max by (tenant) (max_over_time({_FAILING}{{reason="{LIMITED}"}}[15m])) > 0',
        lasts="1h",
        summary="Mimecast has limited the rate of tenant {{ $labels.tenant }} for over an hour.",
        description=f"""
            Mimecast keeps telling tenant {{{{ $labels.tenant }}}} to wait (429), so these collectors are read late or
            not at all: {_LIMITED_COLLECTORS}.

            What to do: ask less. Raise refresh_interval, or refresh_intervals of collectors with many calls; enable
            fewer collectors; find out who else uses this account's API. Each replica of the exporter asks for itself.
        """,
    ),
    Alert(
        name="MimecastRecordsUnreadable",
        means="Values in Mimecast's answers cannot be read; its format has probably changed.",
        expression=f"tenant_collector:mimecast_unreadable:ratio > {limit('unreadable_records')}",
        lasts="30m",
        summary=(
            "Mimecast tenant {{ $labels.tenant }}: {{ $value | humanizePercentage }} of the records of"
            " {{ $labels.collector }} are partly unreadable."
        ),
        description=f"""
            Of {_RECORDS} records of collector {{{{ $labels.collector }}}} of tenant {{{{ $labels.tenant }}}}, values of
            these fields could not be read: {_UNREADABLE}; the threshold is {shown_limit("unreadable_records")} of the
            records. Such values count as unknown; where the field is record or user, it is left out.

            What to do: Mimecast has probably changed its answers. Update the exporter; if that does not help, report
            the fields named here and the exporter's version.
        """,
    ),
)

OPERATION: Final = Group("mimecast-operation", "operator", Dashboard.EXPORTER, POLLS, (*_EXPORTER, *_TENANTS))
