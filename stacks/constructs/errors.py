"""What stops a synthesis that the settings allow.

    SynthesisError            the message says what is wrong, where, and what to do
    ├── BundlingError         a Lambda's package cannot be built
    └── CertificateError      the bundle of certificate authorities lacks one that is needed

Never holds a traceback: a message is meant for the person who runs `cdk`.
"""


class SynthesisError(Exception):
    """The stacks cannot be synthesized on this machine, as it is."""


class BundlingError(SynthesisError):
    """A Lambda's package cannot be built: the index and the cache lack a locked wheel."""


class CertificateError(SynthesisError):
    """The certificate authority of the region's servers is not in the bundle, or does not fit a parameter."""
