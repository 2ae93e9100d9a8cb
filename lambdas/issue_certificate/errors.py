"""What can be wrong with the pooler's certificate; nothing of it quotes a private key.

DatatierError
├── SecretError, EnvironmentInvalid     lambdas/common/errors.py
└── CertificateError
    ├── RequestInvalid      names that no certificate can hold, or an order that does not exist
    ├── NothingIssued       there is no certificate yet that could be renewed
    ├── NoSuccessor         there is no second authority that could take over
    ├── BundleTooLarge      more authorities are trusted than the parameter can hold
    ├── ParameterRefused    Parameter Store does not do what is asked
    ├── Overtaken           another run has written first; asked again, it is done
    └── NeverSettled        others keep writing, run after run
"""

from lambdas.common.errors import DatatierError


class CertificateError(DatatierError):
    """A run ends here; what it says is safe to show."""


class RequestInvalid(CertificateError):
    """The event names what no certificate can hold, or orders what does not exist."""


class NothingIssued(CertificateError):
    """A renewal was asked for, and there is no certificate whose names it could take."""


class NoSuccessor(CertificateError):
    """The only authority cannot be retired."""


class BundleTooLarge(CertificateError):
    """One more authority would not fit into the parameter."""


class ParameterRefused(CertificateError):
    """Parameter Store did not answer, or refuses."""


class Overtaken(CertificateError):
    """Another run has written the secret since it was read; what was decided no longer holds."""


class NeverSettled(CertificateError):
    """After many rounds there is still something to do, because others keep writing."""
