"""The local mailbox: the mails that are kept, and not sent, where no mail server is set."""

from litestar import Controller, Response, get

from qwalo.identity.host import HostPage
from qwalo.identity.models import Viewer
from qwalo.mailbox.errors import MailNotFound
from qwalo.platform.http.injection import FromPath, Injected
from qwalo.platform.http.marks import PAGE
from qwalo.platform.mail.mailbox import LocalMailbox


class MailboxPages(Controller):
    """Each person sees the mails that were written on the own behalf."""

    path = "/dashboard/mailbox"
    opt = {PAGE: True}  # noqa: RUF012 - Litestar's attribute
    include_in_schema = False

    @get()
    async def list_mails(
        self, page: Injected[HostPage], viewer: Injected[Viewer], mailbox: Injected[LocalMailbox]
    ) -> Response[str]:
        return page.render("mailbox/list.html", mails=await mailbox.list(viewer.id))

    @get("/{key:str}")
    async def show_mail(
        self,
        page: Injected[HostPage],
        viewer: Injected[Viewer],
        mailbox: Injected[LocalMailbox],
        key: FromPath[str],
    ) -> Response[str]:
        mail = await mailbox.read(viewer.id, key)
        if mail is None:
            raise MailNotFound
        return page.render("mailbox/mail.html", mail=mail)
