"""The web configuration file of our port, as exporter-toolkit has it: TLS, users, headers and a limit of rate."""
