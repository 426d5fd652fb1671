use lettre::{
    Address, Message,
    message::{Mailbox, MultiPart, SinglePart, header},
};

use super::{
    Mail, NotSent,
    address::{address, ascii_domain},
    words::one_line,
};

/// A mail as it goes over the wire.
pub(super) struct Packed {
    /// The address of the envelope.
    pub to: Address,
    /// Headers and parts.
    pub bytes: Vec<u8>,
}

/// RFC 3834: whoever answers automatically, such as an absence note, leaves this one alone.
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Packs a mail into a MIME message of plain text and HTML. The same mail gives the same bytes each time, so that a
/// repeat can be recognised.
pub(super) fn pack(from: &Mailbox, mail: &Mail) -> Result<Packed, NotSent> {
    let to = recipient(mail.recipient.expose())
        .ok_or_else(|| NotSent::never("its address is not a mail address"))?;
    let message = Message::builder()
        .from(from.clone())
        .to(to.clone())
        // lettre folds and encodes; a line end or another control character is none of a subject's business anyway.
        .subject(one_line(mail.subject.expose()))
        .date(mail.written_at.system_time())
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .header(AutoSubmitted)
        .multipart(
            MultiPart::alternative()
                // Made after the text, so no text holds it.
                .boundary(mail.id.as_str())
                .singlepart(SinglePart::plain(mail.text.expose().to_owned()))
                .singlepart(SinglePart::html(mail.html.expose().to_owned())),
        )
        .map_err(|_| NotSent::never("the mail cannot be packed into a message"))?;
    Ok(Packed { to: to.email, bytes: message.formatted() })
}

/// An address alone, or a name with an address.
fn recipient(text: &str) -> Option<Mailbox> {
    let alone = || wire_address(text).map(|address| Mailbox::new(None, address));
    alone().or_else(|| on_the_wire(&text.parse().ok()?))
}

/// A mailbox as mail servers know it: its name on one line, its domain in ASCII.
pub(super) fn on_the_wire(mailbox: &Mailbox) -> Option<Mailbox> {
    let name = mailbox.name.as_deref().map(one_line);
    Some(Mailbox::new(name, wire_address(mailbox.email.as_ref())?))
}

fn wire_address(text: &str) -> Option<Address> {
    let read = address(text).ok()?;
    let (user, domain) = read.as_typed().rsplit_once('@')?;
    Address::new(user, ascii_domain(domain)?).ok()
}
