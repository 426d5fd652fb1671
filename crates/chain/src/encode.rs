//! The canonical encoding: one form for one content, so that a hash of it is a hash of the content.

use crate::Hash;

/// Writes fields one after another into a buffer that is used again and again.
pub(crate) struct Encoder<'b>(&'b mut Vec<u8>);

impl<'b> Encoder<'b> {
    /// Begins with the label that says what is encoded and in which version.
    pub fn begin(buffer: &'b mut Vec<u8>, label: &str) -> Self {
        buffer.clear();
        buffer.extend_from_slice(label.as_bytes());
        buffer.push(0);
        Self(buffer)
    }

    pub fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub fn moment(&mut self, micros: i64) -> &mut Self {
        self.0.extend_from_slice(&micros.to_be_bytes());
        self
    }

    pub fn text(&mut self, text: &str) -> &mut Self {
        let length = u32::try_from(text.len()).expect("nobody records a text of 4 GB");
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    pub fn text_if_any(&mut self, text: Option<&str>) -> &mut Self {
        self.0.push(u8::from(text.is_some()));
        match text {
            Some(text) => self.text(text),
            None => self,
        }
    }

    pub fn hash(&mut self, hash: &Hash) -> &mut Self {
        self.0.extend_from_slice(hash.as_bytes());
        self
    }

    pub fn done(&self) -> &[u8] {
        self.0
    }
}
