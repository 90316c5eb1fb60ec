//! What the lake promises, through its public face and a reader's eyes: in a folder and on an object store.

mod compaction;
mod compaction_crashes;
mod in_a_folder;
mod odd_stores;
mod on_an_object_store;
