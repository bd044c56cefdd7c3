"""Everything that an installation knows of who asks: one of each, over its data folder, its desk and its settings."""

from service.desk import Desk
from service.identity.accesses import Accesses
from service.identity.authenticating import Authenticator
from service.identity.passwords import Passwords
from service.identity.providers import Provider
from service.identity.sessions import Sessions
from service.identity.users import User, Users
from service.settings import Settings
from vouchers.refusals import NotFound


class LoginProviderUnknown(NotFound):
    """Nobody logs in by a provider of this name."""

    remedy = "Choose one of those at /login."


class Identity:
    """Who may ask, how they prove it, and what regulators asked."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        """Take what the settings say; nothing is read or made before it is needed."""
        self.data = settings.data
        self.login = settings.login
        self.authenticator = Authenticator(settings.data, desk, settings.issuer)
        self.accesses = Accesses(desk)
        self.users = Users(desk, Passwords(settings.login))
        self.sessions = Sessions(desk, settings.login)

    def providers(self) -> list[Provider]:
        """The providers by which people log in at a browser."""
        return [each for each in self.authenticator.providers.values() if each.issuer.client_id]

    def provider(self, name: str) -> Provider:
        """The provider of a name, by which people log in; raises LoginProviderUnknown."""
        for each in self.providers():
            if each.issuer.name == name:
                return each
        raise LoginProviderUnknown(pointer="/path/issuer")

    def disable(self, name: str, now: str) -> User:
        """Let a user log in no longer, and end what is open."""
        user = self.users.disable(name, now)
        self.sessions.end_all(name)
        return user

    def set_password(self, name: str, password: str) -> User:
        """Give a user another password; whoever knew the old one is logged out."""
        user = self.users.set_password(name, password)
        self.sessions.end_all(name)
        return user
