#include "server/ingest/layer_writer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "geo/base/wkb.h"

namespace obnova::server {
namespace {

constexpr int kMaxProblems = 100;
constexpr std::size_t kMaxRowBytes = std::size_t{32} << 20;

std::size_t bytes_of(const geo::Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? text->size() + 3 : 9;
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string framed(const worker::IngestRecord& record) {
  const std::string body = record.SerializeAsString();
  const auto length = static_cast<std::uint32_t>(body.size());
  std::string frame;
  frame.reserve(body.size() + 4);
  for (int shift = 0; shift < 32; shift += 8) frame.push_back(static_cast<char>((length >> shift) & 0xff));
  return frame += body;
}

LayerWriter::LayerWriter(std::string layer, geo::Theme theme, std::vector<geo::Field> fields) : theme_(theme), fields_(std::move(fields)) {
  tally_.set_layer(std::move(layer));
}

Result<void> LayerWriter::add(const std::string& id, const Geometry& geometry, std::span<const geo::Value> values) {
  std::string wkb = to_wkb(geometry.view());
  std::size_t row_bytes = id.size() + wkb.size() + 8;
  for (const geo::Value& value : values) row_bytes += bytes_of(value);
  if (row_bytes > kMaxRowBytes) {
    return failure(ErrorCode::kLimitExceeded,
                   fmt::format("Feature {} of {} has {} bytes, more than {}.", id, layer(), row_bytes, kMaxRowBytes));
  }
  worker::FeatureRows* rows = batch_.mutable_rows();
  if (rows->ids_size() > 0 && (rows->ids_size() >= kMaxBatchRows || batch_bytes_ + row_bytes > kMaxBatchBytes)) {
    const Result<void> flushed = flush();
    if (!flushed) return flushed;
    rows = batch_.mutable_rows();
  }
  while (rows->columns_size() < static_cast<int>(fields_.size())) rows->add_columns();
  rows->add_ids(id);
  rows->add_wkb(std::move(wkb));
  for (std::size_t i = 0; i < fields_.size(); ++i) append_value(rows->mutable_columns(static_cast<int>(i)), fields_[i].type, values[i]);
  batch_bytes_ += row_bytes;
  tally_.set_kept_count(tally_.kept_count() + 1);
  return {};
}

void LayerWriter::append_value(worker::Column* column, geo::FieldType type, const geo::Value& value) {
  const bool is_null = std::holds_alternative<std::monostate>(value);
  column->mutable_nulls()->push_back(is_null ? '\1' : '\0');
  switch (type) {
    case geo::FieldType::kBool:
      column->mutable_bools()->push_back(!is_null && std::get<bool>(value) ? '\1' : '\0');
      return;
    case geo::FieldType::kInt:
      column->add_ints(is_null ? 0 : std::get<std::int64_t>(value));
      return;
    case geo::FieldType::kDouble:
      column->add_doubles(is_null ? 0 : std::get<double>(value));
      return;
    case geo::FieldType::kString:
      column->add_strings(is_null ? std::string() : std::get<std::string>(value));
      return;
  }
}

void LayerWriter::note_repaired(const std::string& row, const std::string& reason) {
  tally_.set_repaired_count(tally_.repaired_count() + 1);
  note(row, false, reason);
}

void LayerWriter::note_rejected(const std::string& row, const std::string& reason) {
  tally_.set_rejected_count(tally_.rejected_count() + 1);
  note(row, true, reason);
}

void LayerWriter::note(const std::string& row, bool rejected, const std::string& reason) {
  if (tally_.problems_size() >= kMaxProblems) return;
  worker::RowProblem* problem = tally_.add_problems();
  problem->set_row(row);
  problem->set_rejected(rejected);
  problem->set_reason(reason);
}

Result<void> LayerWriter::flush() {
  if (!spool_) spool_.reset(std::tmpfile());
  const std::string frame = framed(batch_);
  batch_.Clear();
  batch_bytes_ = 0;
  if (!spool_ || std::fwrite(frame.data(), 1, frame.size(), spool_.get()) != frame.size()) {
    return failure(ErrorCode::kUnavailable, "The temporary folder of the import has no room.");
  }
  return {};
}

Result<void> LayerWriter::send(int descriptor) {
  if (batch_.has_rows()) {
    const Result<void> flushed = flush();
    if (!flushed) return flushed;
  }
  worker::IngestRecord start;
  start.mutable_layer_start()->set_layer(layer());
  start.mutable_layer_start()->set_theme(static_cast<int>(theme_));
  for (const geo::Field& field : fields_) {
    start.mutable_layer_start()->add_field_names(field.name);
    start.mutable_layer_start()->add_field_types(static_cast<int>(field.type));
  }
  if (said_) *start.mutable_layer_start()->mutable_said() = *said_;
  bool good = write_all(descriptor, framed(start));
  if (spool_) std::rewind(spool_.get());
  std::array<char, 1 << 16> piece;
  while (good && spool_) {
    const std::size_t size = std::fread(piece.data(), 1, piece.size(), spool_.get());
    if (size == 0) break;
    good = write_all(descriptor, {piece.data(), size});
  }
  if (!good || (spool_ && std::ferror(spool_.get()) != 0))
    return failure(ErrorCode::kUnavailable, "The server stopped reading the import.");
  return {};
}

}  // namespace obnova::server
