<?php
# A request of PHP-FPM: classes that a preloaded opcache shares, and some memory of its own.
require_once __DIR__ . "/library.php";
usleep(3000);
$kept = [];
for ($i = 0; $i < 2000; $i++)
    $kept[] = shop\describe($i);
header("Content-Type: text/plain");
echo "served ", count($kept), "\n";
