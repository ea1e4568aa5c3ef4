"""The configuration: text or variables in, frozen settings out, every problem at once; never I/O of its own."""
