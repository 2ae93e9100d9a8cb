"""The rehearsal: the real templates deployed by the real CDK CLI onto one machine.

Behind it stand emulated AWS and real servers.

Never talks to AWS, and never listens beyond loopback.
"""
