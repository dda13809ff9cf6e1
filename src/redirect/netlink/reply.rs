//! How the kernel's answers are read.

use rustix::io::Errno;

/// The type of an answer: an error number, zero if all went well.
const ERROR: u16 = 2;

const HEADER: usize = 16;

/// The answers in a datagram. What is malformed ends the datagram as an error: nothing behind it can be trusted.
pub(super) fn answers(datagram: &[u8]) -> impl Iterator<Item = Result<(), Errno>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let Some((kind, body, after)) = split(rest) else {
                rest = &[];
                return Some(Err(Errno::BADMSG));
            };
            rest = after;
            if kind == ERROR {
                return Some(result(body));
            }
        }
        None
    })
}

/// Type and body of the first message, and what comes after it.
fn split(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (length, after) = bytes.split_first_chunk()?;
    let (kind, _) = after.split_first_chunk()?;
    let length = usize::try_from(u32::from_ne_bytes(*length)).ok()?;
    let body = bytes.get(HEADER..length)?;
    let next = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
    Some((u16::from_ne_bytes(*kind), body, next))
}

fn result(body: &[u8]) -> Result<(), Errno> {
    match body.first_chunk().map(|number| i32::from_ne_bytes(*number)) {
        Some(0) => Ok(()),
        // The kernel negates its error numbers; it sends no others.
        Some(number @ -4095..0) => Err(Errno::from_raw_os_error(-number)),
        _ => Err(Errno::BADMSG),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustix::io::Errno;

    use super::answers;

    fn message(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(16 + body.len()).unwrap();
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    }

    fn read(datagram: &[u8]) -> Vec<Result<(), Errno>> {
        answers(datagram).collect()
    }

    #[test]
    fn answers_are_error_numbers() {
        let good = message(2, &[0; 20]);
        let bad = message(2, &[&(-1_i32).to_ne_bytes()[..], &[0; 16]].concat());
        assert_eq!(read(&[good.clone(), message(0x11, &[]), bad].concat()), [Ok(()), Err(Errno::PERM)]);
        assert_eq!(read(&[]), []);
    }

    #[test]
    fn what_is_malformed_is_an_error() {
        let good = message(2, &[0; 20]);
        for cut in 1..good.len() {
            assert_eq!(read(&good[..cut]), [Err(Errno::BADMSG)], "{cut}");
        }
        assert_eq!(read(&message(2, &[1, 0, 0, 0])), [Err(Errno::BADMSG)]);
        assert_eq!(read(&message(2, &[])), [Err(Errno::BADMSG)]);
        let endless = [&4_u32.to_ne_bytes()[..], &[0; 12]].concat();
        assert_eq!(read(&endless), [Err(Errno::BADMSG)]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_run_for_ever(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(answers(&bytes).count() <= bytes.len());
        }
    }
}
