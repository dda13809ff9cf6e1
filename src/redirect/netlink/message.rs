//! How messages and their attributes are written.

/// A request that the kernel is to answer.
const REQUEST: u16 = 0x1;
/// Answer even if all went well.
pub(in crate::redirect) const ACK: u16 = 0x4;
/// Put it in place of what is there.
pub(in crate::redirect) const REPLACE: u16 = 0x100;
/// Make it if it is not there.
pub(in crate::redirect) const CREATE: u16 = 0x400;
/// Put it at the end of a list.
pub(in crate::redirect) const APPEND: u16 = 0x800;

/// Marks an attribute that holds attributes.
const NESTED: u16 = 0x8000;

/// Everything begins at a multiple of this many bytes.
const ALIGNMENT: usize = 4;

/// Header: length, type, flags, sequence number, sender. The first and the fourth are filled in at the end.
const HEADER: usize = 16;

/// A message that is being written.
#[derive(Clone, Debug)]
pub(in crate::redirect) struct Message {
    kind: u16,
    flags: u16,
    body: Vec<u8>,
}

/// Attributes: length, type and value of each.
#[derive(Clone, Debug, Default)]
pub(in crate::redirect) struct Attributes(Vec<u8>);

impl Message {
    /// A message of a type of its family, with the fixed part of that type.
    pub(in crate::redirect) fn new(kind: u16, flags: u16, fixed: &[u8]) -> Self {
        Self { kind, flags: flags | REQUEST, body: padded(fixed) }
    }

    /// The same with attributes.
    pub(in crate::redirect) fn with(mut self, attributes: &Attributes) -> Self {
        self.body.extend_from_slice(&attributes.0);
        self
    }
}

impl Attributes {
    pub(in crate::redirect) fn new() -> Self {
        Self::default()
    }

    /// One more, with these bytes.
    pub(in crate::redirect) fn put(mut self, kind: u16, value: &[u8]) -> Self {
        // No attribute of ours comes near the limit of 64 KiB.
        let length = u16::try_from(ALIGNMENT + value.len()).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&length.to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(&padded(value));
        self
    }

    /// One more, with a text that ends in a zero byte.
    pub(in crate::redirect) fn text(self, kind: u16, text: &str) -> Self {
        self.put(kind, &[text.as_bytes(), b"\0"].concat())
    }

    /// One more, with a number in network order.
    pub(in crate::redirect) fn number(self, kind: u16, number: u32) -> Self {
        self.put(kind, &number.to_be_bytes())
    }

    /// One more, with attributes in it.
    pub(in crate::redirect) fn nest(self, kind: u16, inner: &Self) -> Self {
        self.put(kind | NESTED, &inner.0)
    }
}

/// `messages` behind each other, numbered from 1, and how many of them ask for an answer.
pub(super) fn datagram(messages: &[Message]) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    for (number, message) in (1_u32..).zip(messages) {
        let Message { kind, flags, body } = message;
        let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_ne_bytes());
        bytes.extend_from_slice(&kind.to_ne_bytes());
        bytes.extend_from_slice(&flags.to_ne_bytes());
        bytes.extend_from_slice(&number.to_ne_bytes());
        bytes.extend_from_slice(&0_u32.to_ne_bytes());
        bytes.extend_from_slice(body);
    }
    let awaited = messages
        .iter()
        .filter(|message| message.flags & ACK != 0)
        .count();
    (bytes, awaited)
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    padded
}

#[cfg(test)]
pub(in crate::redirect) mod tests {
    use super::{ACK, Attributes, CREATE, Message, datagram};

    /// The bytes that go to the kernel, sixteen on a line. Tests that compare them are written for little-endian machines.
    pub(in crate::redirect) fn hex(messages: &[Message]) -> String {
        let word = |word: &[u8]| format!("{:08x}", u32::from_be_bytes(word.try_into().unwrap()));
        let line = |line: &[u8]| line.chunks(4).map(word).collect::<Vec<_>>().join(" ");
        let lines: Vec<_> = datagram(messages).0.chunks(16).map(line).collect();
        lines.join("\n")
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn lengths_leave_the_padding_out_and_positions_do_not() {
        let inner = Attributes::new().text(1, "four").number(2, 0x0102_0304);
        let message = Message::new(0x0a03, ACK | CREATE, &[2]).with(&Attributes::new().nest(4, &inner));
        let second = Message::new(0x11, 0, &[]);
        assert_eq!(datagram(&[message.clone(), second.clone()]).1, 1);
        insta::assert_snapshot!(hex(&[message, second]), @r"
        2c000000 030a0504 01000000 00000000
        02000000 18000480 09000100 666f7572
        00000000 08000200 01020304 10000000
        11000100 02000000 00000000
        ");
    }
}
