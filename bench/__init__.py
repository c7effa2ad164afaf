"""How many requests a second one server process answers, beside the peer, on the same PostgreSQL."""
