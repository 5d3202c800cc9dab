#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "geo/base/result.h"
#include "obnova/v1/scenario.pb.h"
#include "server/twin/records.h"

namespace obnova::server {

// Projects as the Open Contracting for Infrastructure Data Standard 0.9 has them
// (https://standard.open-contracting.org/infrastructure/): packages in JSON.
//
//   id              oc4ids_id
//   title, description, status, type       the same
//   sector          sectors
//   period          schedule
//   budget.amount   cost
//   locations       locations
//   obnova          what has no place there: features, changes, priceDate
//
// A project keeps the whole object it was read from. Written again, it is that
// object with what has changed in its place, so nothing is lost that is not
// known here, and what has not changed is spelled as it was.

// A project of a package.
struct ReadProject {
  v1::Project project;
  bool has_links = false;  // The package says which features and changes it has.
};

// Fails with kInvalidArgument for what is no package, naming what is wrong by
// its path: `projects[3].status`. Status and type are checked, but not whether
// the rest can be kept.
Result<std::vector<ReadProject>> read_oc4ids(const std::string& package_json);

struct PackageTitle {
  std::string uri;
  std::string publisher;
  Instant published = 0;
};

// A package of projects in their order. Equal projects give equal bytes.
std::string write_oc4ids(std::span<const std::shared_ptr<const KnownProject>> projects, const PackageTitle& title);

// An id in `cities/{city}/projects/{project}` for an OC4IDS id: itself when it is
// one, else the nearest there is.
std::string record_id_of(const std::string& oc4ids_id);

}  // namespace obnova::server
