#pragma once

#include <filesystem>

#include "geo/query/siting/mip.h"

namespace obnova::server {

// Solves each model in an obnova-solver process of its own, which is killed half
// a second after its time is over. What the child says is not believed: values
// are checked against the bounds and rows of the model, and the objective is
// computed here.
geo::SolveMip child_solver(std::filesystem::path solver_program, std::size_t memory_bytes = std::size_t{2} << 30);

}  // namespace obnova::server
