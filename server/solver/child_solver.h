#pragma once

#include <cstddef>
#include <filesystem>

#include "geo/query/siting/mip.h"

namespace obnova::server {

// Solves each model in an obnova-solver process of its own, which is killed half
// a second after its time is over. What the child says is not believed: values
// are checked against the bounds and rows of the model (to 1e-6), and the
// objective is computed here. At the deadline the best solution known, the given
// incumbent included, is the answer (kFeasible, no bound). A child that dies by
// itself is kUnavailable unless it had found a better solution before.
//
// The function may be called by any number of threads; each call has its own child.
geo::SolveMip child_solver(std::filesystem::path solver_program, std::size_t memory_bytes = std::size_t{2} << 30);

}  // namespace obnova::server
