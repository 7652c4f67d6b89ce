//! Allocate: the request that everything begins with.

use std::sync::Arc;
use std::time::Duration;

use stun_types::attribute::ErrorCode;

use super::authenticate::Authenticated;
use super::requests::Code;
use super::{Action, Server};
use crate::core::allocation::{Allocation, granted};
use crate::core::answer::Answer;
use crate::core::bounds::{Exceeded, Lease};
use crate::core::names::relayed;
use crate::core::request::{Malformed, Request};
use crate::core::seats::Seat;
use crate::core::table::Slot;
use crate::core::tally::bump;
use crate::core::turn::{
    EVEN_PORT, IPV4, LIFETIME, REQUESTED_ADDRESS_FAMILY, REQUESTED_TRANSPORT, UDP, XOR_RELAYED_ADDRESS, read_even_port,
    read_first, read_u32,
};
use crate::core::{Client, Now};

/// After a nonce a client with a good login is answered within so long, whether its seat is back by then or not. Clients that
/// send datagrams ask again meanwhile; 401 would make browsers give the relay up.
const PATIENCE: Duration = Duration::from_secs(3);

/// An allocation whose owner was silent for so long may go where its seat has no place left. Connections that are used are heard
/// more often. Those of a network that a person has left are not, and their end is never told.
const SILENT: Duration = Duration::from_secs(2);

/// An Allocate that has been granted and lacks only its name. Dropping it gives the place back.
pub struct Opening {
    client: Client,
    even: bool,
    lifetime: Duration,
    seat: Arc<Seat>,
    lease: Lease,
    request: Vec<u8>,
}

impl<P> Server<P> {
    /// Finishes an Allocate: `back` is what is kept with the allocation, `seed` any random number. Returns the answer for the client.
    pub fn open(&self, now: Now, opening: Opening, back: P, seed: u128) -> Vec<u8> {
        let Opening {
            client,
            even,
            lifetime,
            seat,
            lease,
            request,
        } = opening;
        let request = Request::parse(&request).expect("it was parsed before");
        let key = self.key(&seat);
        // The upper half is the name, the lower one begins the ids of indications.
        let Some(port) = self.table.take_port(now, (seed >> 64) as u64, even) else {
            bump(&self.tally.refused);
            return Answer::error(&request, ErrorCode::INSUFFICIENT_CAPACITY).finish(Some(key));
        };
        let allocation = Allocation::new(lease, now, lifetime, seed);
        let transaction = request.transaction();
        let slot = Arc::new(Slot::new(
            client,
            port,
            Arc::clone(&seat),
            transaction,
            back,
            allocation,
        ));
        // A client is read by one task, so there is no other. Were there one, it would go.
        if let Some(other) = self.table.of_client(&client) {
            self.close(now, &other);
        }
        self.table.insert(&slot);
        // The seat may have ended since the request was granted, and did not have this one then.
        if !seat.opens(port) {
            self.close(now, &slot);
            bump(&self.tally.refused);
            return self.challenge(now, client, &request, ErrorCode::UNAUTHORIZED);
        }
        bump(&self.tally.opened);
        self.allocated(now, &request, &slot)
    }

    /// RFC 8656 section 7.2.
    pub(super) fn allocate<'a>(
        &self,
        now: Now,
        client: Client,
        request: &Request<'_>,
        who: Authenticated<P>,
    ) -> Result<Action<'a, P>, Code> {
        if let Some(slot) = who.slot {
            let is_same = slot.transaction() == request.transaction() && slot.seat().name() == who.username;
            // The answer got lost, and the client asks once more.
            return match is_same {
                true => Ok(Action::Answer(self.allocated(now, request, &slot))),
                false => Err(Code(ErrorCode::ALLOCATION_MISMATCH)),
            };
        }
        let Some(seat) = who.seat else {
            if now < self.recovered && who.nonce_age < PATIENCE {
                return Ok(Action::Wait);
            }
            // It is what somebody gets who has no login: fetch a new one.
            bump(&self.tally.refused);
            let answer = self.challenge(now, client, request, ErrorCode::UNAUTHORIZED);
            return Ok(Action::Answer(answer));
        };
        match request.get(REQUESTED_TRANSPORT, read_first)?.ok_or(Malformed)? {
            UDP => {}
            _ => return Err(Code(ErrorCode::UNSUPPORTED_TRANSPORT_PROTOCOL)),
        }
        if request
            .get(REQUESTED_ADDRESS_FAMILY, read_first)?
            .is_some_and(|family| family != IPV4)
        {
            return Err(Code(ErrorCode::ADDRESS_FAMILY_NOT_SUPPORTED));
        }
        let even = request.get(EVEN_PORT, read_even_port)?;
        if even == Some(true) {
            return Err(Code(ErrorCode::INSUFFICIENT_CAPACITY));
        }
        let lifetime = granted(request.get(LIFETIME, read_u32)?);
        let lease = self.lease(now, &seat, &client).map_err(|exceeded| match exceeded {
            Exceeded::Seat | Exceeded::Quota => Code(ErrorCode::ALLOCATION_QUOTA_REACHED),
            Exceeded::Capacity => Code(ErrorCode::INSUFFICIENT_CAPACITY),
        })?;
        Ok(Action::Open(Box::new(Opening {
            client,
            even: even.is_some(),
            lifetime,
            seat,
            lease,
            request: request.message.as_bytes().to_vec(),
        })))
    }

    /// A full seat gives up the allocation that it has not used for longest.
    fn lease(&self, now: Now, seat: &Seat, client: &Client) -> Result<Lease, Exceeded> {
        let leased = self.accounts.lease(seat, client);
        if !matches!(leased, Err(Exceeded::Seat)) {
            return leased;
        }
        let open = seat.open().into_iter().filter_map(|port| self.table.of_port(port));
        let heard = |slot: &Arc<Slot<P>>| slot.allocation().heard;
        let silent = open.min_by_key(heard).filter(|slot| heard(slot) + SILENT <= now);
        self.close(now, &silent.ok_or(Exceeded::Seat)?);
        self.accounts.lease(seat, client)
    }

    /// The answer to an Allocate that succeeded.
    fn allocated(&self, now: Now, request: &Request<'_>, slot: &Slot<P>) -> Vec<u8> {
        let left = slot.allocation().expires.saturating_sub(now);
        Answer::success(request)
            .with_address(XOR_RELAYED_ADDRESS, relayed(slot.port()))
            .with_lifetime(left)
            .with_mapped(slot.client().address)
            .finish(Some(self.key(slot.seat())))
    }
}
