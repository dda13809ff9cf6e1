module wisp.test/driver

go 1.24
