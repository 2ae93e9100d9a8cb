"""The rehearsal: the real templates deployed by the real CDK CLI onto emulated AWS and real servers, on one machine.

Never talks to AWS, and never listens beyond loopback.
"""
