"""The device: enrolment, the link to its hub, fetching, and what it keeps of every collection."""
