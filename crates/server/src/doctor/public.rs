//! Which addresses are on the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPv4 that is not the public internet (the special-purpose registry of IANA, RFC 6890), with what it is.
const SPECIAL_V4: &[([u8; 4], u32, &str)] = &[
    ([0, 0, 0, 0], 8, "this network, and unspecified"),
    ([10, 0, 0, 0], 8, "private"),
    ([100, 64, 0, 0], 10, "carrier NAT"),
    ([127, 0, 0, 0], 8, "loopback"),
    ([169, 254, 0, 0], 16, "link-local: metadata services of clouds"),
    ([172, 16, 0, 0], 12, "private"),
    ([192, 0, 0, 0], 24, "protocol assignments"),
    ([192, 0, 2, 0], 24, "documentation"),
    ([192, 88, 99, 0], 24, "6to4 relays"),
    ([192, 168, 0, 0], 16, "private"),
    ([198, 18, 0, 0], 15, "benchmarks"),
    ([198, 51, 100, 0], 24, "documentation"),
    ([203, 0, 113, 0], 24, "documentation"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "reserved, and broadcast"),
];

/// IPv6 inside 2000::/3 that is not the public internet or leads back into IPv4. Nothing outside 2000::/3 is public:
/// unspecified, loopback, IPv4-mapped and -compatible, NAT64, unique-local, link-local, site-local, multicast.
const SPECIAL_V6: &[(u128, u32, &str)] = &[
    (0x2001_0000 << 96, 23, "protocol assignments, Teredo, ORCHID"),
    (0x2001_0db8 << 96, 32, "documentation"),
    (0x2002_0000 << 96, 16, "6to4: an IPv4 address in disguise"),
    (0x3fff_0000 << 96, 20, "documentation"),
];

/// Whether an address is one on the public internet, and no name for another one.
#[must_use]
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|&(network, length, _)| {
            let shift = 32 - length;
            v4.to_bits() >> shift == Ipv4Addr::from(network).to_bits() >> shift
        }),
        IpAddr::V6(v6) => is_global_unicast(v6) && !is_special_v6(v6),
    }
}

fn is_global_unicast(v6: Ipv6Addr) -> bool {
    v6.to_bits() >> 125 == 0b001
}

fn is_special_v6(v6: Ipv6Addr) -> bool {
    SPECIAL_V6.iter().any(|&(network, length, _)| {
        let shift = 128 - length;
        v6.to_bits() >> shift == network >> shift
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first and the last address of every range that is not the public internet.
    const SPECIAL: &[&str] = &[
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.0",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "169.254.255.255",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.0",
        "192.0.0.255",
        "192.0.2.0",
        "192.0.2.255",
        "192.88.99.0",
        "192.88.99.255",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.0",
        "198.51.100.255",
        "203.0.113.0",
        "203.0.113.255",
        "224.0.0.0",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:9.9.9.9",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::909:909",
        "64:ff9b:1::7f00:1",
        "100::1",
        "2001::1",
        "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
        "2001:db8::1",
        "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
        "2002:7f00:1::1",
        "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "3fff::1",
        "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd12:3456::1",
        "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fe80::1",
        "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        "fec0::1",
        "ff02::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ];

    /// Their neighbours outside.
    const PUBLIC: &[&str] = &[
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2000::",
        "2001:200::1",
        "2001:db7:ffff::1",
        "2003::1",
        "2606:4700::1111",
        "3ffe:ffff::1",
    ];

    #[test]
    fn an_address_is_public_where_no_registry_says_otherwise() {
        for (list, expected) in [(SPECIAL, false), (PUBLIC, true)] {
            for ip in list {
                assert_eq!(is_public(ip.parse().expect("an address")), expected, "{ip}");
            }
        }
    }
}
