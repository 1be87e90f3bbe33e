"""The practice AWS itself: a server on loopback that judges calls as AWS does."""
