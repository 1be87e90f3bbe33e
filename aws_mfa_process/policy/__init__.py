"""May they? Policies of IAM, what AWS makes of them, and the ones that we print."""
