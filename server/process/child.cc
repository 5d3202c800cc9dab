#include "server/process/child.h"
