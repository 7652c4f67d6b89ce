//! What an allocation's owner can ask for.

use std::sync::Arc;
use std::time::Duration;

use stun_types::attribute::{ErrorCode, UnknownAttributes};

use super::authenticate::Authenticated;
use super::{Action, Server};
use crate::core::allocation::granted;
use crate::core::answer::Answer;
use crate::core::channel::{NUMBERS, NotBound};
use crate::core::names::{RELAYED_IP, port_of};
use crate::core::request::{Malformed, Request};
use crate::core::table::Slot;
use crate::core::tally::bump;
use crate::core::turn::{
    ALLOCATE, CHANNEL_NUMBER, CREATE_PERMISSION, IPV4, LIFETIME, REFRESH, REQUESTED_ADDRESS_FAMILY, read_channel,
    read_first, read_u32,
};
use crate::core::{Client, Now};

/// The code of an error.
#[derive(Debug)]
pub(super) struct Code(pub(super) u16);

impl From<Malformed> for Code {
    fn from(_: Malformed) -> Self {
        Self(ErrorCode::BAD_REQUEST)
    }
}

/// The allocation, and that it is the asker's.
fn own<P>(who: &Authenticated<P>) -> Result<&Arc<Slot<P>>, Code> {
    let slot = who.slot.as_ref().ok_or(Code(ErrorCode::ALLOCATION_MISMATCH))?;
    if slot.seat().name() != who.username {
        return Err(Code(ErrorCode::WRONG_CREDENTIALS));
    }
    Ok(slot)
}

impl<P> Server<P> {
    pub(super) fn authenticated<'a>(
        &self,
        now: Now,
        client: Client,
        request: &Request<'_>,
        who: Authenticated<P>,
    ) -> Action<'a, P> {
        let key = who.key.clone();
        let refuse = |answer: Answer<'_>| {
            bump(&self.tally.refused);
            Action::Answer(answer.finish(Some(&key)))
        };
        if let Some(unknown) = request.unknown() {
            return refuse(unknown_attributes(request, &unknown));
        }
        let done = match request.message.method() {
            ALLOCATE => match self.allocate(now, client, request, who) {
                Ok(action) => return action,
                Err(code) => Err(code),
            },
            REFRESH => self.refresh(now, request, &who),
            CREATE_PERMISSION => create_permission(request, &who),
            _ => self.channel_bind(now, request, &who),
        };
        match done {
            Ok(answer) => Action::Answer(answer.finish(Some(&key))),
            Err(Code(code)) => refuse(Answer::error(request, code)),
        }
    }

    /// RFC 8656 section 8.2.
    fn refresh<'a>(&self, now: Now, request: &'a Request<'a>, who: &Authenticated<P>) -> Result<Answer<'a>, Code> {
        let slot = own(who)?;
        let family = request.get(REQUESTED_ADDRESS_FAMILY, read_first)?;
        if family.is_some_and(|family| family != IPV4) {
            return Err(Code(ErrorCode::PEER_ADDRESS_FAMILY_MISMATCH));
        }
        let lifetime = match request.get(LIFETIME, read_u32)? {
            Some(0) => {
                self.close(now, slot);
                Duration::ZERO
            }
            requested => {
                let lifetime = granted(requested);
                let mut allocation = slot.allocation();
                (allocation.expires, allocation.heard) = (now + lifetime, now);
                lifetime
            }
        };
        Ok(Answer::success(request).with_lifetime(lifetime))
    }

    /// RFC 8656 section 12.2. Every peer that is refused gets 403, also where the RFC has 443 or 508: after any other code Firefox
    /// gives up its allocation.
    fn channel_bind<'a>(&self, now: Now, request: &'a Request<'a>, who: &Authenticated<P>) -> Result<Answer<'a>, Code> {
        let slot = own(who)?;
        let number = request.get(CHANNEL_NUMBER, read_channel)?.ok_or(Malformed)?;
        let peer = request.peer()?.ok_or(Malformed)?;
        if !NUMBERS.contains(&number) {
            return Err(Code(ErrorCode::BAD_REQUEST));
        }
        let reached = self.reached(slot, port_of(peer));
        let reached = reached.filter(|to| to.allocation().is_open(now));
        let peer = reached.ok_or(Code(ErrorCode::FORBIDDEN))?.port();
        let mut allocation = slot.allocation();
        allocation.heard = now;
        let bound = allocation.channels.bind(now, number, peer, self.settings.channels);
        drop(allocation);
        bound.map_err(|not| match not {
            NotBound::Conflict => Code(ErrorCode::BAD_REQUEST),
            NotBound::Full => Code(ErrorCode::FORBIDDEN),
        })?;
        Ok(Answer::success(request))
    }
}

/// RFC 8656 section 10.2. A permission is for an address without its port, and all allocations have one: so it is granted for
/// that, and opens nothing. Who may send is looked up with each datagram.
fn create_permission<'a, P>(request: &'a Request<'a>, who: &Authenticated<P>) -> Result<Answer<'a>, Code> {
    own(who)?;
    let peers = request.peers()?;
    if peers.is_empty() {
        return Err(Code(ErrorCode::BAD_REQUEST));
    }
    if peers.iter().any(|peer| peer.ip() != RELAYED_IP) {
        return Err(Code(ErrorCode::FORBIDDEN));
    }
    Ok(Answer::success(request))
}

pub(super) fn unknown_attributes<'a>(request: &'a Request<'a>, unknown: &UnknownAttributes) -> Answer<'a> {
    Answer::short_error(request, ErrorCode::UNKNOWN_ATTRIBUTE).with(unknown)
}
