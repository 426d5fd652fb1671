//! As much of CBOR (RFC 8949) as an authenticator writes.

/// A value; maps are written in the order in which they come.
pub enum Cbor<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    Map(Vec<(Cbor<'a>, Cbor<'a>)>),
}

impl Cbor<'_> {
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }

    fn write(&self, to: &mut Vec<u8>) {
        match self {
            Self::Number(number @ 0..) => head(to, 0, number.unsigned_abs()),
            Self::Number(number) => head(to, 1, number.unsigned_abs() - 1),
            Self::Bytes(bytes) => {
                head(to, 2, bytes.len() as u64);
                to.extend_from_slice(bytes);
            }
            Self::Text(text) => {
                head(to, 3, text.len() as u64);
                to.extend_from_slice(text.as_bytes());
            }
            Self::Map(entries) => {
                head(to, 5, entries.len() as u64);
                for (key, value) in entries {
                    key.write(to);
                    value.write(to);
                }
            }
        }
    }
}

/// Section 3: three bits of major type, and the number in the rest or in the bytes after it.
fn head(to: &mut Vec<u8>, major: u8, number: u64) {
    let bytes = number.to_be_bytes();
    let (in_first, after) = match number {
        0..24 => (bytes[7], 8),
        24..0x100 => (24, 7),
        0x100..0x1_0000 => (25, 6),
        0x1_0000..0x1_0000_0000 => (26, 4),
        _ => (27, 0),
    };
    to.push(major << 5 | in_first);
    to.extend_from_slice(&bytes[after..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_the_rfc() {
        // RFC 8949, appendix A.
        for (number, bytes) in [
            (0, &[0x00][..]),
            (23, &[0x17]),
            (24, &[0x18, 0x18]),
            (1_000, &[0x19, 0x03, 0xe8]),
            (1_000_000, &[0x1a, 0x00, 0x0f, 0x42, 0x40]),
            (1_000_000_000_000, &[0x1b, 0x00, 0x00, 0x00, 0xe8, 0xd4, 0xa5, 0x10, 0x00]),
            (-1, &[0x20]),
            (-1_000, &[0x39, 0x03, 0xe7]),
        ] {
            assert_eq!(Cbor::Number(number).encode(), bytes, "{number}");
        }
    }

    #[test]
    fn maps_texts_and_bytes_are_written_as_in_the_rfc() {
        let map = Cbor::Map(vec![
            (Cbor::Text("a"), Cbor::Number(1)),
            (Cbor::Text("b"), Cbor::Bytes(&[1, 2, 3, 4])),
        ]);
        assert_eq!(map.encode(), [0xa2, 0x61, 0x61, 0x01, 0x61, 0x62, 0x44, 0x01, 0x02, 0x03, 0x04]);
    }
}
