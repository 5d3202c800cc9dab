#include "geo/io/rule_file.h"
