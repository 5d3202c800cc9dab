#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "geo/base/digest.h"
#include "geo/base/result.h"
#include "obnova/v1/scenario.pb.h"
#include "server/facts/timeline.h"
#include "server/store/city_store.h"
#include "server/store/records.h"

namespace obnova::server {

// A project or scenario as it was from one revision to another.
template <typename Message>
struct Known {
  std::string id = {};
  Revision known_from = 0;
  Revision known_to = kStillKnown;
  Digest digest = {};    // Of what it says.
  Message message = {};  // With name, etag and revision.
};
using KnownProject = Known<v1::Project>;
using KnownScenario = Known<v1::Scenario>;

// 1 to 128 of a-zA-Z0-9._-, starting with a letter or digit.
bool valid_record_id(std::string_view id);

// Changes for the store: what it is now, or that it is not there any more. The
// text is the message as canonical JSON, without etag and revision.
RecordChange put_record(const std::string& id, v1::Project project);
RecordChange put_record(const std::string& id, v1::Scenario scenario);
RecordChange remove_project(const std::string& id);
RecordChange remove_scenario(const std::string& id);

// All that was ever known of the projects and scenarios of one city. What is
// known in a revision never changes, so readers need not wait for writers: they
// ask for the revision of their snapshot. Any number of threads may ask.
class Records {
 public:
  // Fails with kBadData for records that cannot be read.
  static Result<std::unique_ptr<Records>> read(const CityStore& store);

  // Null when there is none in this revision.
  std::shared_ptr<const KnownProject> project(std::string_view id, Revision revision) const;
  std::shared_ptr<const KnownScenario> scenario(std::string_view id, Revision revision) const;
  // By id.
  std::vector<std::shared_ptr<const KnownProject>> projects(Revision revision) const;
  std::vector<std::shared_ptr<const KnownScenario>> scenarios(Revision revision) const;

  // Learns what was written in a revision, the newest.
  Result<void> learn(std::span<const RecordChange> changes, Revision revision);

 private:
  // Versions by id, ascending; only the last may still be known.
  template <typename Message>
  using Versions = std::map<std::string, std::vector<std::shared_ptr<const Known<Message>>>, std::less<>>;

  Records() = default;
  Result<void> load(const StoredRecord& record);
  template <typename Message>
  static Result<void> load_into(Versions<Message>& table, const StoredRecord& record);
  template <typename Message>
  static void end(Versions<Message>& table, const std::string& id, Revision revision);
  template <typename Message>
  static std::shared_ptr<const Known<Message>> at(const Versions<Message>& table, std::string_view id, Revision revision);
  template <typename Message>
  static std::vector<std::shared_ptr<const Known<Message>>> all(const Versions<Message>& table, Revision revision);

  mutable std::mutex mutex_;
  // Guarded by `mutex_`.
  Versions<v1::Project> projects_;
  Versions<v1::Scenario> scenarios_;
};

// The projects and scenarios of a city, and the revision a context asks about.
struct KnownRecords {
  std::string city;
  std::shared_ptr<const Records> records;
  Revision revision = 0;
};

}  // namespace obnova::server
