#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "server/rpc/record_check.h"
#include "server/rpc/scenario_handlers.h"
#include "server/scenario/oc4ids.h"

namespace obnova::server {
namespace {

constexpr std::size_t kMaxPackageBytes = std::size_t{3} << 20;

std::string oc4ids_id_of(const KnownProject& known) { return known.message.oc4ids_id().empty() ? known.id : known.message.oc4ids_id(); }

// The ids of what a package brings, given what is there.
class PackageIds {
 public:
  explicit PackageIds(const std::vector<std::shared_ptr<const KnownProject>>& there) {
    for (const auto& known : there) {
      by_oc4ids_id_.emplace(oc4ids_id_of(*known), known);
      taken_.insert(known->id);
    }
  }
  // Null when the project is new.
  std::shared_ptr<const KnownProject> find(const std::string& oc4ids_id) const {
    const auto found = by_oc4ids_id_.find(oc4ids_id);
    return found == by_oc4ids_id_.end() ? nullptr : found->second;
  }
  std::string take(const std::string& oc4ids_id) {
    const std::string wanted = record_id_of(oc4ids_id);
    std::string id = wanted;
    for (int number = 2; !taken_.insert(id).second; ++number) id = fmt::format("{}-{}", wanted.substr(0, 110), number);
    return id;
  }

 private:
  std::map<std::string, std::shared_ptr<const KnownProject>> by_oc4ids_id_;
  std::set<std::string> taken_;
};

// What the package does not say of a project that is there stays.
v1::Project merged(ReadProject read, const KnownProject& known) {
  v1::Project project = std::move(read.project);
  if (read.has_links) return project;
  *project.mutable_changes() = known.message.changes();
  *project.mutable_features() = known.message.features();
  if (project.has_cost()) project.mutable_cost()->set_price_date(known.message.cost().price_date());
  return project;
}

Result<std::vector<RecordChange>> changes_of(std::vector<ReadProject> package, const Snapshot& newest, const Records& records,
                                             v1::ImportProjectsResponse& response) {
  PackageIds ids(records.projects(newest.record.revision));
  std::vector<RecordChange> changes;
  for (std::size_t i = 0; i < package.size(); ++i) {
    const std::string oc4ids_id = package[i].project.oc4ids_id();
    const auto known = ids.find(oc4ids_id);
    const std::string id = known == nullptr ? ids.take(oc4ids_id) : known->id;
    v1::Project project = known == nullptr ? std::move(package[i].project) : merged(std::move(package[i]), *known);
    const auto checked = check_project(project, newest, fmt::format("projects[{}]", i));
    if (!checked) return std::unexpected(checked.error());
    project.set_name(project_name(newest.record.id, id));
    response.add_projects(project.name());
    known == nullptr ? response.set_created_count(response.created_count() + 1) : response.set_updated_count(response.updated_count() + 1);
    changes.push_back(put_record(id, std::move(project)));
  }
  return changes;
}

}  // namespace

Result<v1::ImportProjectsResponse> import_projects(Twin& twin, const Call&, const v1::ImportProjectsRequest& request) {
  const auto signed_well = check_authorship(request.request_id(), request.author(), request.reason());
  if (!signed_well) return std::unexpected(signed_well.error());
  if (request.package_json().size() > kMaxPackageBytes) {
    return failure(ErrorCode::kInvalidArgument,
                   fmt::format("The package has {} bytes, {} are the most.", request.package_json().size(), kMaxPackageBytes),
                   "package_json");
  }
  v1::Context context = request.context();
  context.set_revision(0);
  const auto snapshot = twin.newest(context);
  if (!snapshot) return std::unexpected(snapshot.error());
  auto package = read_oc4ids(request.package_json());
  if (!package) return std::unexpected(package.error());
  v1::ImportProjectsResponse response;
  const auto changes = twin.change_records(
      (*snapshot)->record.id, fmt::format("import {} projects", package->size()),
      [&](const Snapshot& newest, const Records& records) { return changes_of(std::move(*package), newest, records, response); },
      {.author = request.author(), .reason = request.reason(), .request_id = request.request_id()}, request.context().revision());
  if (!changes) return std::unexpected(changes.error());
  if (changes->were_made_before) {
    const auto known = twin.records(context);
    if (!known) return std::unexpected(known.error());
    for (const auto& project : known->records->projects(changes->revision)) {
      if (project->known_from == changes->revision) response.add_projects(project->message.name());
    }
  }
  response.set_revision(changes->revision);
  response.set_were_made_before(changes->were_made_before);
  return response;
}

Result<v1::ExportProjectsResponse> export_projects(const Twin& twin, const Call&, const v1::ExportProjectsRequest& request) {
  if (request.uri().empty()) return failure(ErrorCode::kInvalidArgument, "A package has a URI.", "uri");
  if (request.publisher().empty()) return failure(ErrorCode::kInvalidArgument, "A package has a publisher.", "publisher");
  const auto known = twin.records(request.context());
  if (!known) return std::unexpected(known.error());
  const auto projects = projects_of(*known, request.context(), known->revision);
  if (!projects) return std::unexpected(projects.error());
  Revision newest = 1;
  for (const auto& project : *projects) newest = std::max(newest, project->known_from);
  const auto published = twin.recorded_at(known->city, newest);
  if (!published) return std::unexpected(published.error());
  v1::ExportProjectsResponse response;
  response.set_package_json(write_oc4ids(*projects, {.uri = request.uri(), .publisher = request.publisher(), .published = *published}));
  return response;
}

}  // namespace obnova::server
