"""A call of STS as one signed POST, for the cases that are certain to be what botocore does."""
