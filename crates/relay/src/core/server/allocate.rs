//! Allocate: the request that everything begins with.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use stun_types::attribute::ErrorCode;
use stun_types::message::IntegrityKey;

use super::authenticate::Authenticated;
use super::requests::Code;
use super::{Action, Server};
use crate::core::allocation::{Allocation, granted};
use crate::core::answer::Answer;
use crate::core::credential::parse as parse_username;
use crate::core::owner::Owner;
use crate::core::quota::{Exceeded, Lease};
use crate::core::request::{Malformed, Request};
use crate::core::table::Slot;
use crate::core::tally::bump;
use crate::core::turn::{
    ADDITIONAL_ADDRESS_FAMILY, ADDRESS_ERROR_CODE, EVEN_PORT, Family, LIFETIME, REQUESTED_ADDRESS_FAMILY,
    REQUESTED_TRANSPORT, RESERVATION_TOKEN, UDP, XOR_RELAYED_ADDRESS, read_even_port, read_first, read_u32,
};
use crate::core::{Client, Now};

/// An Allocate that has been granted and lacks only its socket. Dropping it gives the place back.
pub struct Opening {
    client: Client,
    external: IpAddr,
    even: bool,
    lifetime: Duration,
    username: Arc<str>,
    owner: Owner,
    key: IntegrityKey,
    wanted_additional: bool,
    lease: Lease,
    request: Vec<u8>,
}

impl Opening {
    /// For whom.
    #[must_use]
    pub fn client(&self) -> Client {
        self.client
    }

    /// The address under which the socket will be known; the socket must be of its family.
    #[must_use]
    pub fn external(&self) -> IpAddr {
        self.external
    }

    /// Whether the port must be even.
    #[must_use]
    pub fn wants_even_port(&self) -> bool {
        self.even
    }
}

impl<P> Server<P> {
    /// Finishes an Allocate. `opened` is the port of the new socket and the socket, or `None` where there was none to be
    /// had (508). `seed` is any random number. Returns the answer for the client, and the allocation where there is one.
    pub fn open(
        &self,
        now: Now,
        opening: Opening,
        opened: Option<(u16, P)>,
        seed: u128,
    ) -> (Vec<u8>, Option<Arc<Slot<P>>>) {
        let request = Request::parse(&opening.request).expect("it was parsed before");
        let Some((port, socket)) = opened else {
            bump(&self.tally.refused);
            let answer = Answer::error(&request, ErrorCode::INSUFFICIENT_CAPACITY);
            return (answer.finish(Some(&opening.key)), None);
        };
        let allocation = Allocation::new(
            opening.username,
            opening.key,
            request.transaction(),
            opening.wanted_additional,
            opening.lease,
            now + opening.lifetime,
            seed,
        );
        let relayed = SocketAddr::new(opening.external, port);
        let slot = Arc::new(Slot::new(opening.client, relayed, opening.owner, socket, allocation));
        // A client is read by one task, so there is no other. Were there one, it would go, and its sockets with it.
        if let Some(other) = self.table.of_client(&opening.client) {
            self.close(&other);
        }
        self.table.insert(&slot);
        // A login that was revoked since the request was granted had no allocation then: it is looked up again.
        let username = Arc::clone(&slot.allocation().username);
        if !self.credentials.admits(&username, now) {
            self.close(&slot);
            bump(&self.tally.refused);
            let answer = self.challenge(now, opening.client, &request, ErrorCode::UNAUTHORIZED);
            return (answer, None);
        }
        bump(&self.tally.opened);
        (allocated(now, &request, &slot), Some(slot))
    }

    /// RFC 8656 section 7.2. `None` where the credentials are good for nothing new.
    pub(super) fn allocate<'a>(
        &self,
        now: Now,
        client: Client,
        request: &Request<'_>,
        who: Authenticated<P>,
    ) -> Result<Option<Action<'a, P>>, Code> {
        if let Some(slot) = who.slot {
            let allocation = slot.allocation();
            let again = allocation.transaction == request.transaction() && allocation.username == who.username;
            drop(allocation);
            // The answer got lost, and the client asks once more.
            return match again {
                true => Ok(Some(Action::Answer(allocated(now, request, &slot)))),
                false => Err(Code(ErrorCode::ALLOCATION_MISMATCH)),
            };
        }
        if !self.credentials.admits(&who.username, now) {
            return Ok(None);
        }
        match request.get(REQUESTED_TRANSPORT, read_first)?.ok_or(Malformed)? {
            UDP => {}
            _ => return Err(Code(ErrorCode::UNSUPPORTED_TRANSPORT_PROTOCOL)),
        }
        let family = request.get(REQUESTED_ADDRESS_FAMILY, read_first)?;
        let additional = request.get(ADDITIONAL_ADDRESS_FAMILY, read_first)?;
        let even = request.get(EVEN_PORT, read_even_port)?;
        if request.has(RESERVATION_TOKEN) {
            if family.is_some() || additional.is_some() || even.is_some() {
                return Err(Code(ErrorCode::BAD_REQUEST));
            }
            // No port is ever reserved here, so that there is no token that could be known.
            return Err(Code(ErrorCode::INSUFFICIENT_CAPACITY));
        }
        let reserve = even == Some(true);
        let is_v6 = |byte| Family::from_byte(byte) == Some(Family::V6);
        if additional.is_some_and(|byte| family.is_some() || reserve || !is_v6(byte)) {
            return Err(Code(ErrorCode::BAD_REQUEST));
        }
        let family = Family::from_byte(family.unwrap_or(Family::V4 as u8));
        let external = self.settings.external.iter().copied();
        let external = external
            .zip(std::iter::repeat(family))
            .find(|&(ip, family)| Some(Family::of(SocketAddr::new(ip, 0))) == family);
        let Some((external, _)) = external else {
            return Err(Code(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED));
        };
        if reserve {
            return Err(Code(ErrorCode::INSUFFICIENT_CAPACITY));
        }
        let lifetime = granted(request.get(LIFETIME, read_u32)?);
        let name = parse_username(&who.username).ok_or(Malformed)?;
        let owner = Owner {
            seat: Arc::from(name.seat),
            is_prober: name.is_prober,
        };
        let lease = self
            .quotas
            .take(&owner, client.address.ip())
            .map_err(|exceeded| match exceeded {
                Exceeded::Seat | Exceeded::Address => Code(ErrorCode::ALLOCATION_QUOTA_REACHED),
                Exceeded::Overall => Code(ErrorCode::INSUFFICIENT_CAPACITY),
            })?;
        Ok(Some(Action::Open(Box::new(Opening {
            client,
            external,
            even: even.is_some(),
            lifetime,
            username: who.username,
            owner,
            key: who.key,
            wanted_additional: additional.is_some(),
            lease,
            request: request.message.as_bytes().to_vec(),
        }))))
    }
}

/// The answer to an Allocate that succeeded.
fn allocated<P>(now: Now, request: &Request<'_>, slot: &Slot<P>) -> Vec<u8> {
    let allocation = slot.allocation();
    let mut answer = Answer::success(request)
        .with_address(XOR_RELAYED_ADDRESS, slot.relayed())
        .with_lifetime(allocation.expires.saturating_sub(now))
        .with_mapped(slot.client().address);
    if allocation.wanted_additional {
        // The family, and 440 in the form of ERROR-CODE (RFC 8656 section 18.12).
        answer = answer.with_bytes(ADDRESS_ERROR_CODE, &[Family::V6 as u8, 0, 4, 40]);
    }
    answer.finish(Some(&allocation.key))
}
