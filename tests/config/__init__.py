"""A package, because it has a conftest of its own and modules need names of their own."""
