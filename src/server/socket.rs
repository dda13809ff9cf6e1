//! The socket below hyper, which gives a body to the answers that hyper makes by itself, and has a [look](super::heads) at what
//! hyper would take or leave without an answer.
//!
//! What cannot be read as a request never reaches a handler: hyper answers it with a bare status. Clients want to read
//! why, and want the JSON that they get with every other refusal.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::heads::Heads;

/// What hyper answers by itself, by the beginning of the status line after the version, and the reason to give.
const REASONS: [(&[u8], &str); 3] = [
    (b" 400 ", "What was sent is not a well-formed HTTP/1.1 request, with CR LF at the end of each line."),
    (b" 414 ", "The request target is too long."),
    (
        b" 431 ",
        "The head of the request is longer than 16 KiB or has over 64 header lines, or no body is as long as it says.",
    ),
];

/// What is read at once. Real heads have under 2 KiB.
const PIECE: usize = 4096;

/// How hyper asks for a body before it is answered.
const CONTINUE: &[u8] = b"HTTP/1.1 100 ";

const VERSION_LENGTH: usize = "HTTP/1.1".len();

/// A socket in which hyper's own answers are replaced.
pub(super) struct Socket<S> {
    inner: TokioIo<S>,
    heads: Heads,
    /// What is sent in place of hyper's answer, and how much of it is out.
    replacement: Option<(Vec<u8>, usize)>,
}

impl<S> Socket<S> {
    pub(super) fn new(inner: S) -> Self {
        Self { inner: TokioIo::new(inner), heads: Heads::default(), replacement: None }
    }

    pub(super) fn into_inner(self) -> S {
        self.inner.into_inner()
    }
}

impl<S: AsyncWrite + Unpin> Socket<S> {
    /// Sends what stands in place of `head`, all of it, before it counts as written.
    fn poll_replacement(&mut self, cx: &mut Context<'_>, head: &[u8]) -> Poll<io::Result<usize>> {
        let Self { inner, replacement, .. } = self;
        let (bytes, sent) = replacement.get_or_insert_with(|| (replaced(head), 0));
        while let Some(rest) = bytes.get(*sent..).filter(|rest| !rest.is_empty()) {
            let count = ready!(Pin::new(&mut *inner).poll_write(cx, rest))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *sent += count;
        }
        *replacement = None;
        Poll::Ready(Ok(head.len()))
    }
}

impl<S: AsyncRead + Unpin> Read for Socket<S> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { inner, heads, .. } = &mut *self;
        // By way of a buffer of its own: what is in hyper's can be looked at in unsafe code only.
        let mut piece = [const { MaybeUninit::uninit() }; PIECE];
        let connections = buf.remaining().min(PIECE);
        let mut piece = ReadBuf::uninit(piece.get_mut(..connections).unwrap_or_default());
        ready!(Pin::new(inner.inner_mut()).poll_read(cx, &mut piece))?;
        heads.arrive(piece.filled_mut());
        buf.put_slice(piece.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Write for Socket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if is_from_hyper(buf) {
            return self.poll_replacement(cx, buf);
        }
        if !buf.starts_with(CONTINUE) {
            self.heads.answered();
        }
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // An answer of a handler has a body, which is a second piece; there is nothing to look at then.
        if let [buf] = bufs {
            return self.poll_write(cx, buf);
        }
        self.heads.answered();
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

fn reason(head: &[u8]) -> Option<&'static str> {
    let status = head
        .strip_prefix(b"HTTP/1.")
        .and_then(|_| head.get(VERSION_LENGTH..))?;
    REASONS
        .iter()
        .find(|(prefix, _)| status.starts_with(prefix))
        .map(|(_, reason)| *reason)
}

/// Whether `bytes` are an answer without content and without a content type, which every handler gives.
fn is_from_hyper(bytes: &[u8]) -> bool {
    reason(bytes).is_some()
        && bytes.ends_with(b"\r\n\r\n")
        && std::str::from_utf8(bytes).is_ok_and(|head| {
            head.contains("\r\ncontent-length: 0\r\n") && !head.contains("\r\ncontent-type: ")
        })
}

/// hyper's answer, with a body.
fn replaced(head: &[u8]) -> Vec<u8> {
    let reason = reason(head).unwrap_or_default();
    let body = format!(r#"{{"error":"invalid_request","error_description":"{reason}"}}"#);
    let head = String::from_utf8_lossy(head);
    let kept = head.split_terminator("\r\n").filter(|line| {
        !line.is_empty() && !line.starts_with("content-length:") && !line.starts_with("connection:")
    });
    let mut text = String::with_capacity(head.len() + body.len() + 128);
    for line in kept {
        text.push_str(line);
        text.push_str("\r\n");
    }
    text.push_str("content-type: application/json; charset=utf-8\r\nconnection: close\r\ncontent-length: ");
    text.push_str(&body.len().to_string());
    text.push_str("\r\n\r\n");
    text.push_str(&body);
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{is_from_hyper, replaced};

    #[test]
    fn only_what_hyper_says_by_itself_is_replaced() {
        let own = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        assert!(is_from_hyper(own.as_bytes()));
        insta::assert_snapshot!(String::from_utf8(replaced(own.as_bytes())).unwrap().replace('\r', ""), @r#"
        HTTP/1.1 431 Request Header Fields Too Large
        date: x
        content-type: application/json; charset=utf-8
        connection: close
        content-length: 158

        {"error":"invalid_request","error_description":"The head of the request is longer than 16 KiB or has over 64 header lines, or no body is as long as it says."}
        "#);
        for other in [
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\nbody",
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP",
            "",
        ] {
            assert!(!is_from_hyper(other.as_bytes()), "{other:?}");
        }
    }
}
