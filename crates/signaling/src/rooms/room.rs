//! One room.

use protocol::{PeerId, PeerInfo, RoomId, ServerMessage};

use super::Grant;

/// The people in one room. There is no empty one.
#[derive(Debug, Default)]
pub(super) struct Room {
    /// Its number among all rooms that were ever opened.
    pub(super) instance: u64,
    /// Above every order that this room has given.
    pub(super) next_order: u64,
    /// In the order in which they joined.
    pub(super) members: Vec<Member>,
    /// Of whom this server knows no more than that a member had them in the room before the server was started. Never one
    /// of the members.
    pub(super) expected: Vec<PeerId>,
}

/// One seat.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) info: PeerInfo,
    /// Its socket is lost and may come back. Of two seats that are away, the one with the smaller number is away for longer.
    pub(super) away: Option<u64>,
}

impl Room {
    pub(super) fn others(&self, peer: PeerId) -> Vec<PeerId> {
        let ids = self.members.iter().map(|member| member.info.id);
        ids.filter(|&id| id != peer).collect()
    }

    pub(super) fn member(&self, peer: PeerId) -> Option<&Member> {
        self.members.iter().find(|member| member.info.id == peer)
    }

    pub(super) fn member_mut(&mut self, peer: PeerId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.info.id == peer)
    }

    /// Who gives its place to a newcomer when this room holds no more than `capacity`: the seat that is away for longest, and
    /// nobody while there is a place. Those who are expected keep theirs: a restart of the server is not their fault.
    pub(super) fn yielding(&self, capacity: usize) -> Option<PeerId> {
        if self.taken() != capacity {
            return None;
        }
        let away = self
            .members
            .iter()
            .filter_map(|member| Some((member.away?, member.info.id)));
        away.min_by_key(|&(since, _)| since).map(|(_, peer)| peer)
    }

    /// Places that are taken, by people who are there, away or expected.
    pub(super) fn taken(&self) -> usize {
        self.members.len() + self.expected.len()
    }

    /// An order that no seat of this room has had: a hybrid clock, so that it grows over restarts of the server too and
    /// needs no memory for that.
    pub(super) fn new_order(&mut self, now_ms: u64) -> u64 {
        let order = self.next_order.max(now_ms);
        self.next_order = order.saturating_add(1);
        order
    }

    /// Puts a member where its order belongs. It is not expected any longer.
    pub(super) fn insert(&mut self, info: PeerInfo) {
        self.expected.retain(|&expected| expected != info.id);
        let at = self.members.partition_point(|member| member.info.order < info.order);
        self.members.reserve_exact(1);
        self.members.insert(at, Member { info, away: None });
    }

    /// What a member is answered that begins from here.
    pub(super) fn joined(&self, room: RoomId, you: PeerInfo, capacity: usize, grant: Grant) -> ServerMessage {
        let others = || self.members.iter().filter(|member| member.info.id != you.id);
        let away = others()
            .filter(|member| member.away.is_some())
            .map(|member| member.info.id);
        ServerMessage::Joined {
            room,
            peers: others().map(|member| member.info.clone()).collect(),
            away: away.chain(self.expected.iter().copied()).collect(),
            you,
            ice_servers: grant.ice_servers,
            capacity: u32::try_from(capacity).unwrap_or(u32::MAX),
            token: grant.token,
        }
    }
}
