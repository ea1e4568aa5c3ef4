"""What is needed to run the exporter where its users run it; this package builds what is made from other folders."""
