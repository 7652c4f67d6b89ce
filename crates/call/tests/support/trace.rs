//! Inputs, effects and messages in a few words, for people.

use call::{Effect, Input, Operation};
use protocol::{ClientMessage, DescriptionKind, PeerId, ServerMessage, Signal};

/// The part of an id that tells peers apart in a test.
fn short(peer: PeerId) -> String {
    let text = peer.to_string();
    format!("#{}", text[..8].trim_start_matches('0'))
}

fn kind(kind: DescriptionKind) -> &'static str {
    match kind {
        DescriptionKind::Offer => "offer",
        DescriptionKind::Answer => "answer",
        DescriptionKind::Other(_) => "another description",
    }
}

pub fn signal(signal: &Signal) -> String {
    match signal {
        Signal::Description(d) => match d.answers {
            Some(offer) => format!("{} {}/{} to offer {offer}", kind(d.kind), d.connection, d.generation),
            None => format!("{} {}/{}", kind(d.kind), d.connection, d.generation),
        },
        Signal::Candidate(c) if c.candidate.is_empty() => {
            format!("end of candidates {}/{}", c.connection, c.generation)
        }
        Signal::Candidate(c) => format!("candidate {}/{}", c.connection, c.generation),
        Signal::Rebuild { connection } => format!("rebuild {connection}"),
        Signal::RestartIce { connection } => format!("restart ICE {connection}"),
        Signal::Findings(findings) => format!("{findings:?}"),
        Signal::StatsWanted => "stats wanted".into(),
        Signal::Unsupported => "unsupported".into(),
        Signal::Stats { stats } => format!("{} stats", stats.len()),
        Signal::Unknown => "a newer signal".into(),
    }
}

pub fn client_message(message: &ClientMessage) -> String {
    match message {
        ClientMessage::Peek { .. } => "peek".into(),
        ClientMessage::Join { resume: None, .. } => "join".into(),
        ClientMessage::Join {
            resume: Some(resume), ..
        } => {
            format!("join again, having received {}", resume.received)
        }
        ClientMessage::Signal { to, signal: s } => format!("{} to {}", signal(s), short(*to)),
        ClientMessage::Update { .. } => "update".into(),
        ClientMessage::Leave => "leave".into(),
        ClientMessage::Probe => "probe".into(),
        ClientMessage::Unknown => "something newer".into(),
    }
}

pub fn server_message(message: &ServerMessage) -> String {
    match message {
        ServerMessage::Joined { you, peers, away, .. } => {
            let others: Vec<_> = peers.iter().map(|peer| short(peer.id)).collect();
            let gone: Vec<_> = away.iter().map(|peer| short(*peer)).collect();
            format!(
                "joined as {}, with {}, away {}",
                short(you.id),
                others.join(" "),
                gone.join(" ")
            )
        }
        ServerMessage::Resumed { received, .. } => format!("resumed, {received} of ours arrived"),
        ServerMessage::PeerJoined { peer } => format!("{} joined", short(peer.id)),
        ServerMessage::PeerLeft { peer, .. } => format!("{} left", short(*peer)),
        ServerMessage::PeerAway { peer } => format!("{} away", short(*peer)),
        ServerMessage::PeerBack { peer } => format!("{} back", short(peer.id)),
        ServerMessage::PeerUpdated { peer } => format!("{} updated", short(peer.id)),
        ServerMessage::Signal { from, signal: s } => format!("{} from {}", signal(s), short(*from)),
        ServerMessage::Bye { .. } => "bye".into(),
        ServerMessage::Occupancy { .. } => "occupancy".into(),
        ServerMessage::Error { code, .. } => format!("error {code}"),
        ServerMessage::Probed { .. } => "probed".into(),
        ServerMessage::IceServers { .. } => "newer ICE servers".into(),
        ServerMessage::Unknown => "something newer".into(),
    }
}

pub fn input(input: &Input) -> String {
    match input {
        Input::Server(frame) => server_message(&frame.message),
        Input::Operated { connection, outcome } => match outcome {
            Ok(_) => format!("c{} done", connection.0),
            Err(error) => format!("c{} threw {}", connection.0, error.name),
        },
        Input::LocalCandidate { connection, .. } => format!("c{} found a candidate", connection.0),
        Input::NegotiationNeeded { connection } => format!("c{} needs negotiation", connection.0),
        Input::ConnectionState { connection, state } => format!("c{} is {state:?}", connection.0),
        Input::Retry { peer } => format!("asked to try {} again", short(*peer)),
        Input::RelayFailed { connection, code } => format!("c{} has no relay: {code}", connection.0),
        Input::Look => "looks at the connections".into(),
        Input::Measured { stats } => format!("measured {} connections", stats.len()),
        Input::Tick => "tick".into(),
        Input::Join { .. } => "wants in".into(),
        Input::Update { .. } => "is something else now".into(),
        Input::SocketOpened => "socket open".into(),
        Input::SocketLost { code: None } => "socket lost".into(),
        Input::SocketLost { code: Some(code) } => format!("socket closed with {code}"),
        Input::Online { changed } => format!("online, another network: {changed}"),
        Input::Silent { peer, silent: true } => format!("hears nothing from {}", short(*peer)),
        Input::Silent { peer, silent: false } => format!("hears {} again", short(*peer)),
        Input::ChannelOpened { connection } => format!("c{} has channels", connection.0),
        Input::ChannelClosed { connection } => format!("c{} has no channels", connection.0),
        Input::ChannelReceived { connection, bytes, .. } => {
            format!("c{} received {} bytes", connection.0, bytes.len())
        }
        Input::ChannelFull { connection, .. } => format!("c{} is full", connection.0),
        Input::ChannelDrained { connection, .. } => format!("c{} is not full", connection.0),
        Input::Shown { peer, source, size } => format!("shows {source:?} of {} as {size:?}", short(*peer)),
        Input::OwnShown(size) => format!("shows itself as {size:?}"),
        Input::LowData(on) => format!("saves data: {on}"),
        Input::OriginalSound(on) => format!("plays music: {on}"),
        Input::Captured { source, capture } => format!("{source:?} gives {capture:?}"),
        Input::Stats(stats) => format!("measured what {} paths carry", stats.len()),
        Input::Unsupported { .. } => "makes no connections".into(),
        Input::Say { text, .. } => format!("says {text}"),
        Input::RaiseHand(up) => format!("has the hand up: {up}"),
        Input::React(emoji) => format!("reacts with {}", emoji.as_str()),
        Input::Point { at, .. } => format!("points at {at:?}"),
        Input::Draw { at, .. } => format!("draws at {at:?}"),
        Input::LetPoint(on) => format!("lets others point: {on}"),
        Input::File(input) => format!("{input:?}"),
        Input::Leave => "leaves".into(),
    }
}

pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::Send(frame) => format!("send {}", client_message(&frame.message)),
        Effect::UseIceServers(_) => "asks other servers".into(),
        Effect::Open {
            connection,
            peer,
            role,
            relay_only,
            ..
        } => {
            let relay = if *relay_only { ", relay only" } else { "" };
            format!("open c{} to {} as {role:?}{relay}", connection.0, short(*peer))
        }
        Effect::Operate { connection, operation } => match operation {
            Operation::SetLocalDescription => format!("c{} set local", connection.0),
            Operation::SetRemoteDescription { kind: k, .. } => format!("c{} set remote {}", connection.0, kind(*k)),
            Operation::AddCandidate(c) => {
                format!("c{} add candidate of {}/{}", connection.0, c.connection, c.generation)
            }
        },
        Effect::Reconnect => "socket is dead".into(),
        Effect::Seated { resumed: true } => "has its seat back".into(),
        Effect::Seated { resumed: false } => "has a seat".into(),
        Effect::Refused { code, .. } => format!("refused: {code}"),
        Effect::TakenOver => "taken over".into(),
        Effect::Problem { code, .. } => format!("problem: {code}"),
        Effect::Away { peer, away } => format!("{} away: {away}", short(*peer)),
        Effect::RestartIce { connection } => format!("c{} restart ICE", connection.0),
        Effect::Close { connection } => format!("close c{}", connection.0),
        Effect::PeerAdded(peer) => format!("tile for {}", short(peer.id)),
        Effect::PeerChanged(peer) => format!("{} changed", short(peer.id)),
        Effect::PeerRemoved(peer) => format!("no tile for {}", short(*peer)),
        Effect::Encode { peer, source, encoding } => format!("encode {source:?} for {}: {encoding:?}", short(*peer)),
        Effect::ResizeCamera(wanted) => format!("capture {wanted:?}"),
        Effect::SendOnChannel { connection, bytes, .. } => {
            format!("c{} send {} bytes", connection.0, bytes.len())
        }
        Effect::CloseChannels { connection, cause, .. } => {
            format!("c{} CLOSE CHANNELS: {}", connection.0, cause.as_str())
        }
        Effect::ChatChanged { new } => format!("the chat has {new} new lines"),
        Effect::Hands(hands) => format!("{} hands are up", hands.len()),
        Effect::Reactions(reactions) => format!("{} reactions are shown", reactions.len()),
        Effect::Pointers(shown) => format!("{} pointers and {} strokes", shown.pointers.len(), shown.strokes.len()),
        Effect::File(effect) => format!("{effect:?}"),
        Effect::Measure => "measure".into(),
        Effect::Stats { peer, stats } => format!("{} has {} stats", short(*peer), stats.len()),
        Effect::Reach { peer, reach } => format!("{} is {reach:?}", short(*peer)),
    }
}
