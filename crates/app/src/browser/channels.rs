//! The two data channels of a connection: bytes in, bytes out. What they mean is decided in [`call`].

use call::channel::{BUFFERED_HIGH, BUFFERED_LOW};
use call::{ConnectionId, Input};
use protocol::peer_message::Lane;
use wasm_bindgen::prelude::*;
use web_sys::{RtcDataChannel, RtcDataChannelState, RtcDataChannelType};

use super::connection::Tell;
use super::rtc_ext::{PeerConnection, message_bytes, object, set};

/// Both of them. Dropping them closes them, and nothing more is heard of them.
pub(super) struct Channels {
    id: ConnectionId,
    tell: Tell,
    lanes: [RtcDataChannel; 2],
    _handlers: Vec<Closure<dyn FnMut(JsValue)>>,
}

impl Channels {
    /// Makes both. Each side makes its own end, by the same number, so nothing is asked of the other (`negotiated`, W3C WebRTC
    /// section 6.1).
    pub(super) fn create(pc: &PeerConnection, id: ConnectionId, tell: &Tell) -> Result<Self, JsValue> {
        let mut handlers = Vec::new();
        let mut create = |lane| {
            let channel = create(pc, lane)?;
            for (event, input) in events(lane) {
                let tell = tell.clone();
                let handler = Closure::<dyn FnMut(JsValue)>::new(move |event| tell(input(id, lane, &event)));
                set(&channel, event, handler.as_ref());
                handlers.push(handler);
            }
            Ok::<_, JsValue>(channel)
        };
        Ok(Self {
            id,
            tell: tell.clone(),
            lanes: [create(Lane::Reliable)?, create(Lane::Lossy)?],
            _handlers: handlers,
        })
    }

    /// Sends. What cannot be sent is lost with the connection, and goes again on the next one.
    pub(super) fn send(&self, lane: Lane, bytes: &[u8]) {
        let connection = self.id;
        let channel = &self.lanes[place(lane)];
        if channel.ready_state() != RtcDataChannelState::Open {
            return;
        }
        if channel.send_with_u8_array(bytes).is_err() {
            (self.tell)(Input::ChannelClosed { connection });
        } else if channel.buffered_amount() >= BUFFERED_HIGH {
            (self.tell)(Input::ChannelFull { connection, lane });
        }
    }
}

impl Drop for Channels {
    fn drop(&mut self) {
        for channel in &self.lanes {
            for event in EVENTS {
                set(channel, event, &JsValue::NULL);
            }
            channel.close();
        }
    }
}

const EVENTS: [&str; 4] = ["onmessage", "onbufferedamountlow", "onopen", "onclose"];

const fn place(lane: Lane) -> usize {
    match lane {
        Lane::Reliable => 0,
        Lane::Lossy => 1,
    }
}

fn create(pc: &PeerConnection, lane: Lane) -> Result<RtcDataChannel, JsValue> {
    let init = object([("negotiated", true.into()), ("id", lane.id().into())]);
    if lane == Lane::Lossy {
        set(&init, "ordered", &false.into());
        set(&init, "maxRetransmits", &0.into());
    }
    let channel = pc.try_create_data_channel(lane.label(), &init)?;
    channel.set_binary_type(RtcDataChannelType::Arraybuffer);
    channel.set_buffered_amount_low_threshold(BUFFERED_LOW);
    Ok(channel)
}

type ToInput = fn(ConnectionId, Lane, &JsValue) -> Input;

/// What is heard of a channel. That the pair of them is open or closed is told by the reliable one.
fn events(lane: Lane) -> impl Iterator<Item = (&'static str, ToInput)> {
    let inputs: [ToInput; 4] = [
        |connection, lane, event| Input::ChannelReceived {
            connection,
            lane,
            // Nothing at all is no message.
            bytes: message_bytes(event),
        },
        |connection, lane, _| Input::ChannelDrained { connection, lane },
        |connection, _, _| Input::ChannelOpened { connection },
        |connection, _, _| Input::ChannelClosed { connection },
    ];
    let count = if lane == Lane::Reliable { 4 } else { 2 };
    EVENTS.into_iter().zip(inputs).take(count)
}
