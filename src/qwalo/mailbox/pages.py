"""The local mailbox: the mails that are kept, and not sent, where no mail server is set."""

from litestar import Controller, Response, get

from qwalo.identity.authentication import HostRequest
from qwalo.identity.host import HostPage
from qwalo.mailbox.errors import MailNotFound
from qwalo.platform.http.injection import FromPath, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.mail.mailbox import LocalMailbox


class MailboxPages(Controller):
    """Each person sees the mails that were written on the own behalf."""

    path = "/dashboard/mailbox"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    mailbox: LocalMailbox

    @get()
    async def list_mails(self, request: HostRequest, page: Injected[HostPage]) -> Response[str]:
        return page.render("mailbox/list.html", mails=await self.mailbox.list(request.user.id))

    @get("/{key:str}")
    async def show_mail(self, request: HostRequest, page: Injected[HostPage], key: FromPath[str]) -> Response[str]:
        mail = await self.mailbox.read(request.user.id, key)
        if mail is None:
            raise MailNotFound
        return page.render("mailbox/mail.html", mail=mail)
