from promontory.sandbox.process import main

main()
