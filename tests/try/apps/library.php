<?php
namespace shop;

class Item
{
    public function __construct(public int $id, public string $name = "item")
    {
    }
}

function describe(int $i): string
{
    $item = new Item($i);
    return $item->name . " " . $item->id;
}
