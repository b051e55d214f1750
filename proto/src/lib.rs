//! The contract of Yiwang: the generated types of every `.proto` file, and nothing else.
//!
//! Services turn these types into their own at the edge (`api/convert`); no rule lives here.

/// Encoded `google.protobuf.FileDescriptorSet` of the whole contract with its comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

/// `yiwang.feed`: how events reach their readers.
pub mod feed {
    /// Version 1.
    #[expect(clippy::doc_markdown, reason = "generated from proto comments")]
    pub mod v1 {
        tonic::include_proto!("yiwang.feed.v1");
    }
}

/// `yiwang.dispatch`: disputes from report to closed.
pub mod dispatch {
    /// Version 1.
    #[expect(clippy::doc_markdown, reason = "generated from proto comments")]
    pub mod v1 {
        tonic::include_proto!("yiwang.dispatch.v1");
    }
}

/// `yiwang.registry`: areas, grids, workers, units and teams.
pub mod registry {
    /// Version 1.
    #[expect(clippy::doc_markdown, reason = "generated from proto comments")]
    pub mod v1 {
        tonic::include_proto!("yiwang.registry.v1");
    }
}
