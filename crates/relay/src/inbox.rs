//! Where a thread receives datagrams: many with one system call.

use std::array;
use std::io::{self, IoSliceMut};

use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSockRef, UdpSocketState};

/// Room for a datagram, or for several of one sender that the kernel has put together.
const BUFFER: usize = 65_536;

/// Buffers for one system call. All sockets of a thread share them, however many allocations there are.
pub(crate) struct Inbox {
    buffers: Vec<u8>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            // Zeros cost no memory until something is received into them.
            buffers: vec![0; BUFFER * BATCH_SIZE],
            metas: [RecvMeta::default(); BATCH_SIZE],
        }
    }
}

impl Inbox {
    /// Receives what is there, as far as there is room. `each` gets one datagram at a time, and where it came from and to. Whether
    /// there may be more.
    pub(crate) fn receive(
        &mut self,
        socket: UdpSockRef<'_>,
        state: &UdpSocketState,
        mut each: impl FnMut(&RecvMeta, &[u8]),
    ) -> io::Result<bool> {
        let Self { buffers, metas } = self;
        let mut rest = buffers.chunks_mut(BUFFER);
        let mut slices: [_; BATCH_SIZE] =
            array::from_fn(|_| IoSliceMut::new(rest.next().expect("as many buffers as slices")));
        let count = state.recv(socket, &mut slices, metas)?;
        for (meta, buffer) in metas[..count].iter().zip(buffers.chunks(BUFFER)) {
            let received = &buffer[..meta.len];
            if received.is_empty() {
                each(meta, received);
            }
            for datagram in received.chunks(meta.stride.max(1)) {
                each(meta, datagram);
            }
        }
        Ok(count == BATCH_SIZE)
    }
}
