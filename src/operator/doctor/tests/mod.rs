//! - `scene`: a cluster in which all is well; `objects`: what is in it
//! - `faults`: each check provoked; `dumps`: what dumps lack, and hostile ones; `fleet`: many workloads; `rights`: what may not be read
//! - `azure`: lists of Azure with nothing in them, and a slash; `webhooks`: several of ours
//! - `texts`: what people see; `well`: what works in another way

mod azure;
mod dumps;
mod faults;
mod fleet;
mod objects;
mod rights;
mod scene;
mod texts;
mod webhooks;
mod well;
