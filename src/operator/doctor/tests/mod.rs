//! - `scene`: a cluster in which all is well; `objects`: what is in it
//! - `faults`: each check provoked; `dumps`: what dumps lack, and hostile ones; `fleet`: many workloads; `rights`: what may not be read
//! - `texts`: what people see; `well`: what works in another way; `webhooks`: several of ours

mod dumps;
mod faults;
mod fleet;
mod objects;
mod rights;
mod scene;
mod texts;
mod webhooks;
mod well;
