"""What a route can be marked with, in its `opt`."""

# Open to everybody: without this mark a route is closed to whoever is not signed in.
PUBLIC = "public"

# Is of a person: an API key is refused with the sentence that is the value.
FOR_PEOPLE = "for_people"

# Answers people with pages, also where something went wrong; without it, programs with JSON.
PAGE = "page"

# Names of the limits (rate_limits) by which the client's address is limited here; () where it is not. Without it, what
# is public is limited by the common one.
LIMIT = "limit"
