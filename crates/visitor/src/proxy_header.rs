//! The binary header with which a proxy begins a connection to say whom it is for: version 2 of the PROXY protocol
//! (<https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt>, section 2.2).
//!
//! Sixteen bytes say how many follow. Nobody who is not trusted is asked for one: whoever can send it can be anybody.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Bytes of the fixed part.
pub const HEAD: usize = 16;

/// Most bytes that may follow. Addresses are 216 at most; the rest is what proxies add, certificates of clients among it.
pub const REST_MAX: usize = 4096;

const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The header of a connection that is for the sender itself (LOCAL): what a health check says.
pub const LOCAL: [u8; HEAD] = *b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

/// The bytes are no such header, or one of a transport that is none of a TCP listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// How many bytes follow the fixed part.
///
/// # Errors
/// [`Malformed`].
pub fn rest(head: &[u8; HEAD]) -> Result<usize, Malformed> {
    let length = usize::from(u16::from_be_bytes([head[14], head[15]]));
    let is_ours = head[..12] == SIGNATURE && head[12] >> 4 == 2;
    match is_ours && length <= REST_MAX {
        true => Ok(length),
        false => Err(Malformed),
    }
}

/// Whom the connection is for: `None` for the proxy itself (a health check), and where the proxy does not know.
///
/// # Errors
/// [`Malformed`].
pub fn source(head: &[u8; HEAD], rest: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    if self::rest(head)? != rest.len() {
        return Err(Malformed);
    }
    match (head[12] & 0xf, head[13]) {
        // LOCAL: whatever else it says is to be skipped.
        (0, _) => Ok(None),
        // PROXY, of an unknown kind or over a Unix socket.
        (1, 0x00 | 0x31) => Ok(None),
        (1, 0x11) => {
            let (ip, port) = (bytes::<4>(rest, 0)?, bytes(rest, 8)?);
            bytes::<2>(rest, 10)?;
            Ok(Some(SocketAddr::new(
                Ipv4Addr::from(ip).into(),
                u16::from_be_bytes(port),
            )))
        }
        (1, 0x21) => {
            let (ip, port) = (bytes::<16>(rest, 0)?, bytes(rest, 32)?);
            bytes::<2>(rest, 34)?;
            let ip = IpAddr::from(Ipv6Addr::from(ip)).to_canonical();
            Ok(Some(SocketAddr::new(ip, u16::from_be_bytes(port))))
        }
        _ => Err(Malformed),
    }
}

fn bytes<const N: usize>(rest: &[u8], at: usize) -> Result<[u8; N], Malformed> {
    let slice = rest.get(at..at + N).ok_or(Malformed)?;
    slice.try_into().map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(command: u8, family: u8, rest: &[u8]) -> ([u8; HEAD], Vec<u8>) {
        let mut head = [0; HEAD];
        head[..12].copy_from_slice(&SIGNATURE);
        head[12..14].copy_from_slice(&[command, family]);
        head[14..].copy_from_slice(&(rest.len() as u16).to_be_bytes());
        (head, rest.to_vec())
    }

    fn read(command: u8, family: u8, rest: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
        let (head, rest) = header(command, family, rest);
        source(&head, &rest)
    }

    const IPV4: [u8; 12] = [203, 0, 113, 7, 192, 0, 2, 1, 0x12, 0x34, 0x01, 0xbb];

    #[test]
    fn the_source_is_the_first_address_and_the_first_port() {
        assert_eq!(read(0x21, 0x11, &IPV4), Ok("203.0.113.7:4660".parse().ok()));
        let mut ipv6 = [0; 36];
        ipv6[..16].copy_from_slice(&"2001:db8::7".parse::<Ipv6Addr>().expect("an address").octets());
        ipv6[32..34].copy_from_slice(&[0x12, 0x34]);
        assert_eq!(read(0x21, 0x21, &ipv6), Ok("[2001:db8::7]:4660".parse().ok()));
    }

    #[test]
    fn what_a_proxy_adds_is_passed_over() {
        let more = [&IPV4[..], &[0x03, 0, 4, 1, 2, 3, 4]].concat();
        assert_eq!(read(0x21, 0x11, &more), read(0x21, 0x11, &IPV4));
    }

    #[test]
    fn the_proxy_itself_and_the_unknown_have_no_source() {
        assert_eq!(source(&LOCAL, &[]), Ok(None));
        for (command, family, rest) in [
            (0x20, 0x00, &[][..]),
            (0x20, 0x11, &IPV4),
            (0x20, 0xff, &[1, 2, 3]),
            (0x21, 0x00, &[]),
            (0x21, 0x31, &[0; 216]),
        ] {
            assert_eq!(read(command, family, rest), Ok(None), "{command:x} {family:x}");
        }
    }

    #[test]
    fn whatever_else_is_no_header() {
        for (command, family, rest) in [
            (0x21, 0x11, &IPV4[..11]),
            (0x21, 0x21, &IPV4),
            (0x21, 0x12, &IPV4),
            (0x21, 0x22, &[0; 36]),
            (0x22, 0x11, &IPV4),
            (0x11, 0x11, &IPV4),
            (0x31, 0x11, &IPV4),
            (0x21, 0x11, &[0; REST_MAX + 1]),
        ] {
            assert_eq!(read(command, family, rest), Err(Malformed), "{command:x} {family:x}");
        }
        for text in [
            b"GET / HTTP/1.1\r\n",
            b"PROXY TCP4 203.0",
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03abcde",
        ] {
            assert_eq!(rest(text), Err(Malformed));
        }
    }
}
