//! A room of ports: who hears whom, tick by tick, without I/O.
//!
//! The engine's worker ticks all members of a room in the same moment, in two rounds:
//!
//! ```text
//!  begin -> take_voice of each member -> mix -> let_hear of each member
//! ```
//!
//! A member that is not heard is left out of the sum; one that does not hear the room hears what its
//! own port plays and nothing else; a coach is heard by one other member alone. The desk is the room's
//! own port, without a peer: what it plays is heard by all who hear the room, and what it records is
//! the whole of it, without coaches.

use crate::jitter::JitterBuffer;
use crate::media_port::MediaPort;
use crate::mixer::{self, Mixer, Sound, Sum};
use crate::units::{FRAME_SAMPLES, Frame, Moment, PortId, RoomId};

/// Members of one room: Twilio's 250, the desk, and a desk that announces something.
pub const MEMBERS_MAX: usize = 252;

/// What a member may do in its room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberPlan {
    /// The others hear it.
    pub is_heard: bool,
    /// It hears the others; if not, only what its port plays.
    pub hears: bool,
    /// The only member that hears it, while it is heard. None is all of them.
    pub coaches: Option<PortId>,
    /// It is the desk: it has no peer.
    pub is_desk: bool,
    /// How much jitter of its peer's packets is made up for. What it is when the member enters counts.
    pub jitter_buffer: JitterBuffer,
}

impl MemberPlan {
    /// One that hears and is heard.
    pub const OPEN: Self = Self {
        is_heard: true,
        hears: true,
        coaches: None,
        is_desk: false,
        jitter_buffer: JitterBuffer::Large,
    };

    /// The desk.
    pub const DESK: Self = Self { is_desk: true, ..Self::OPEN };
}

#[derive(Debug)]
struct Member {
    port: PortId,
    plan: MemberPlan,
    voice: Frame,
    /// Its voice is in the sum of this tick.
    is_in: bool,
    /// It said something in this tick.
    speaks: bool,
}

/// A way past the sum: from a coach to whom it coaches, by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Route {
    coach: usize,
    coached: usize,
}

/// See the head of the file.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    members: Vec<Member>,
    routes: Vec<Route>,
    /// What is said aside to one member; for each of `routes` one place at most is in use.
    asides: Vec<(usize, Sum)>,
    mixer: Mixer,
}

impl Room {
    /// An empty room.
    pub const fn new(id: RoomId) -> Self {
        Self { id, members: Vec::new(), routes: Vec::new(), asides: Vec::new(), mixer: Mixer::new() }
    }

    /// Names it.
    pub const fn id(&self) -> RoomId {
        self.id
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody is in it.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Let a port in behind the others; false when the room is full or the port is in it already.
    pub fn enter(&mut self, port: PortId, plan: MemberPlan) -> bool {
        if self.members.len() >= MEMBERS_MAX || self.place(port).is_some() {
            return false;
        }
        self.members.push(Member { port, plan, voice: [0; FRAME_SAMPLES], is_in: false, speaks: false });
        self.lay_routes();
        true
    }

    /// Give a member another plan; the desk stays the desk.
    pub fn change(&mut self, port: PortId, plan: MemberPlan) {
        if let Some(place) = self.place(port) {
            let member = &mut self.members[place];
            member.plan = MemberPlan { is_desk: member.plan.is_desk, ..plan };
            self.lay_routes();
        }
    }

    /// Let a member go; those behind it move up by one. Returns its place.
    pub fn leave(&mut self, port: PortId) -> Option<usize> {
        let place = self.place(port)?;
        self.members.remove(place);
        self.lay_routes();
        Some(place)
    }

    fn place(&self, port: PortId) -> Option<usize> {
        self.members.iter().position(|member| member.port == port)
    }

    fn lay_routes(&mut self) {
        self.routes.clear();
        for (coach, member) in self.members.iter().enumerate() {
            // Whoever coaches somebody that is not there is heard by nobody.
            if let Some(coached) = member.plan.coaches.and_then(|port| self.place(port)) {
                if member.plan.is_heard && coached != coach {
                    self.routes.push(Route { coach, coached });
                }
            }
        }
        self.asides.reserve(self.routes.len().saturating_sub(self.asides.len()));
    }

    /// Begin a tick.
    pub const fn begin(&mut self) {
        self.mixer.clear();
    }

    /// Take what the member at `place` says in a tick of so many frames.
    pub fn take_voice(&mut self, place: usize, port: &mut MediaPort, frames: u32) {
        let Some(member) = self.members.get_mut(place) else { return };
        let came = if member.plan.is_desk {
            port.speak(frames, &mut member.voice)
        } else {
            port.take_voice(frames, &mut member.voice)
        };
        member.speaks = came && !mixer::is_silent(&member.voice);
        member.is_in = member.speaks && member.plan.is_heard && member.plan.coaches.is_none();
        if member.is_in {
            self.mixer.add(&member.voice);
        }
    }

    /// All voices are there: lay what coaches say beside the sum.
    pub fn mix(&mut self) {
        self.asides.clear();
        for Route { coach, coached } in &self.routes {
            if !self.members[*coach].speaks {
                continue;
            }
            let voice = &self.members[*coach].voice;
            match self.asides.iter_mut().find(|(listener, _)| listener == coached) {
                Some((_, sum)) => mixer::add(sum, voice),
                None => {
                    let mut sum = [0; FRAME_SAMPLES];
                    mixer::add(&mut sum, voice);
                    self.asides.push((*coached, sum));
                }
            }
        }
    }

    /// Let the member at `place` hear the room, and go on by the tick.
    pub fn let_hear(&mut self, place: usize, port: &mut MediaPort, now: Moment, frames: u32) {
        let Some(member) = self.members.get(place) else { return };
        if member.plan.is_desk {
            port.handle_desk_tick(now, frames, &self.mixer.whole());
            return;
        }
        if !member.plan.hears {
            port.handle_tick(now, frames);
            return;
        }
        let own = member.is_in.then_some(&member.voice);
        let aside = self.asides.iter().find(|(listener, _)| *listener == place).map(|(_, sum)| sum);
        port.handle_room_tick(now, frames, &mut Sound::new(&mut self.mixer, own, aside));
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
