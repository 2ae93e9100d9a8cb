"""Shows when each credential was and will be rotated, and has Secrets Manager rotate one now.

The same calls go to AWS and to the rehearsal. It reads no secret and rotates nothing by itself.
"""
