//! Verifications against an API server in memory and the emulated Entra, over real sockets. Time is told, not waited for.
//!
//! - `lab`: a cluster and its Entra; `objects`: what is in them; `world`: time, and what Entra is asked

mod adopted;
mod after;
mod ask;
mod before;
mod clocks;
mod guide;
mod jobs;
mod lab;
mod objects;
mod parallel;
mod secrets;
mod world;

use super::{Stage, render::render};
use crate::operator::{cluster::fake::EPOCH, migrate::tables::Form};
use lab::Lab;
use objects::{POD_IDENTITY, put, put_account};

const TENANT: &str = "11111111-aaaa-4aaa-8aaa-111111111111";
const ORDERS: &str = "22222222-bbbb-4bbb-8bbb-222222222222";
const OBJECT: &str = "33333333-cccc-4ccc-8ccc-333333333333";
