#include "server/twin/twin.h"
