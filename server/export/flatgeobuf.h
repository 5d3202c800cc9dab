#pragma once

#include "geo/base/limits.h"
#include "geo/base/result.h"
#include "server/export/exported_layer.h"

namespace obnova::server {

// A layer as FlatGeobuf 3 on the plane of the city: every coordinate and number
// is bit for bit that of the layer. The first column is `id`, the others are
// called as `export_columns` says; null and empty text differ. The note stands in
// the metadata of the header.
//
// Features come along a Hilbert curve with a packed R-tree in front; in the order
// of the layer and without a tree where some have no place or where there are
// more than four million. Nothing is spooled: features are made twice, once to
// know where they will be.
Result<void> write_flatgeobuf(const ExportedLayer& exported, const ByteSink& sink, const Limits& limits);

}  // namespace obnova::server
