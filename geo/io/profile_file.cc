#include "geo/io/profile_file.h"
