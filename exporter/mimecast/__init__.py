"""The vendor's API: authorization, transport, streaming decode, and the client that drives them."""
