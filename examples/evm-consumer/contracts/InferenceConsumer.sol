// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice A network inference as the network signed it. Values and percentiles are times 10^18.
struct NetworkInferenceData {
    uint256 networkInference;
    uint256[] confidenceIntervalPercentiles;
    uint256[] confidenceIntervalValues;
    /// Unix seconds at which it was signed.
    uint256 timestamp;
    uint256 topicId;
    /// Empty for a value without a sign; "int256" where the words hold two's complement.
    bytes extraData;
}

/// @notice What a caller hands in. The outer extra data is the caller's own: neither signed nor looked at.
struct AlloraConsumerNetworkInferenceData {
    bytes signature;
    NetworkInferenceData networkInference;
    bytes extraData;
}

/// @title Takes inferences that a data provider of the Allora network signed for this contract, on this chain.
/// @notice Anybody may hand an inference in; only its signature, its time and its form decide whether it counts.
contract InferenceConsumer {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant DOMAIN_NAME = keccak256("AlloraConsumer");
    bytes32 private constant DOMAIN_VERSION = keccak256("1");
    bytes32 private constant INFERENCE_TYPEHASH = keccak256(
        "NetworkInferenceData(uint256 networkInference,uint256 timestamp,uint256 topicId,bytes extraData,"
        "uint256[] confidenceIntervalPercentiles,uint256[] confidenceIntervalValues)"
    );
    /// Half of the order of secp256k1: of the two signatures that every signature gives, the one that counts.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    struct TopicValue {
        uint192 recentValue;
        uint64 recentValueTime;
        uint256[] confidenceIntervalPercentiles;
        uint256[] confidenceIntervalValues;
    }

    address public owner;
    bool public switchedOn = true;
    /// How old and how far ahead of the block a signature may be. Owner, switch and both fit one storage word.
    uint32 public pastDataValiditySeconds = 1 hours;
    uint32 public futureDataValiditySeconds = 5 minutes;
    address public pendingOwner;
    mapping(address provider => bool) public validDataProvider;
    mapping(uint256 topicId => mapping(bytes extraData => TopicValue)) private topicValues;

    event TopicValueStored(
        uint256 indexed topicId, bytes extraData, uint192 value, uint64 timestamp, address indexed dataProvider
    );
    event DataProviderSet(address indexed provider, bool valid);
    event DataValiditySet(uint32 pastSeconds, uint32 futureSeconds);
    event SwitchedOn(bool on);
    event OwnershipTransferred(address indexed from, address indexed to);

    error AlloraConsumerNotSwitchedOn();
    error AlloraConsumerInvalidConfidenceIntervals();
    error AlloraConsumerInvalidDataTime();
    error AlloraConsumerInvalidDataProvider();
    error AlloraConsumerDataNotNewer(uint256 timestamp, uint256 storedTimestamp);
    error SafeCastOverflowedUintDowncast(uint8 bits, uint256 value);
    error OnlyOwner();

    modifier onlyOwner() {
        if (msg.sender != owner) revert OnlyOwner();
        _;
    }

    constructor(address firstDataProvider) {
        owner = msg.sender;
        validDataProvider[firstDataProvider] = true;
        emit OwnershipTransferred(address(0), msg.sender);
        emit DataProviderSet(firstDataProvider, true);
    }

    /// @notice Verifies and stores. A stored value gives way only to one signed later, so an old one cannot be replayed.
    function verifyNetworkInference(AlloraConsumerNetworkInferenceData calldata handedIn)
        external
        returns (
            uint256 networkInference,
            uint256[] memory confidenceIntervalPercentiles,
            uint256[] memory confidenceIntervalValues,
            address dataProvider
        )
    {
        dataProvider = _verified(handedIn);
        NetworkInferenceData calldata data = handedIn.networkInference;
        _store(data, dataProvider);
        return (
            data.networkInference, data.confidenceIntervalPercentiles, data.confidenceIntervalValues, dataProvider
        );
    }

    /// @notice Verifies for use in the same call; nothing is stored, so nothing here refuses an older value.
    function verifyNetworkInferenceViewOnly(AlloraConsumerNetworkInferenceData calldata handedIn)
        external
        view
        returns (
            uint256 networkInference,
            uint256[] memory confidenceIntervalPercentiles,
            uint256[] memory confidenceIntervalValues,
            address dataProvider
        )
    {
        dataProvider = _verified(handedIn);
        NetworkInferenceData calldata data = handedIn.networkInference;
        return (
            data.networkInference, data.confidenceIntervalPercentiles, data.confidenceIntervalValues, dataProvider
        );
    }

    /// @notice The value stored last. All zeros while there is none; how old is too old is for the reader to say.
    function getTopicValue(uint256 topicId, bytes calldata extraData)
        external
        view
        returns (
            uint192 recentValue,
            uint64 recentValueTime,
            uint256[] memory confidenceIntervalPercentiles,
            uint256[] memory confidenceIntervalValues
        )
    {
        TopicValue storage stored = topicValues[topicId][extraData];
        return (
            stored.recentValue,
            stored.recentValueTime,
            stored.confidenceIntervalPercentiles,
            stored.confidenceIntervalValues
        );
    }

    /// @notice The typed digest, which the provider signs as a personal message.
    /// @dev Not EIP-712's: bytes and lists are encoded in full where the standard puts their hashes.
    function getNetworkInferenceMessage(NetworkInferenceData calldata data) public view returns (bytes32) {
        bytes32 structHash = keccak256(
            abi.encode(
                INFERENCE_TYPEHASH,
                data.networkInference,
                data.timestamp,
                data.topicId,
                data.extraData,
                data.confidenceIntervalPercentiles,
                data.confidenceIntervalValues
            )
        );
        return keccak256(abi.encodePacked(hex"1901", _domainSeparator(), structHash));
    }

    function setDataProvider(address provider, bool valid) external onlyOwner {
        validDataProvider[provider] = valid;
        emit DataProviderSet(provider, valid);
    }

    function setDataValiditySeconds(uint32 pastSeconds, uint32 futureSeconds) external onlyOwner {
        pastDataValiditySeconds = pastSeconds;
        futureDataValiditySeconds = futureSeconds;
        emit DataValiditySet(pastSeconds, futureSeconds);
    }

    function setSwitchedOn(bool on) external onlyOwner {
        switchedOn = on;
        emit SwitchedOn(on);
    }

    /// @notice Takes effect once the new owner accepts, so that a mistyped address cannot take the contract with it.
    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
    }

    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert OnlyOwner();
        emit OwnershipTransferred(owner, msg.sender);
        owner = msg.sender;
        pendingOwner = address(0);
    }

    function _verified(AlloraConsumerNetworkInferenceData calldata handedIn) private view returns (address provider) {
        NetworkInferenceData calldata data = handedIn.networkInference;
        if (!switchedOn) revert AlloraConsumerNotSwitchedOn();
        if (data.confidenceIntervalPercentiles.length != data.confidenceIntervalValues.length) {
            revert AlloraConsumerInvalidConfidenceIntervals();
        }
        if (!_isOfNow(data.timestamp)) revert AlloraConsumerInvalidDataTime();
        provider = _signerOf(getNetworkInferenceMessage(data), handedIn.signature);
        // Zero is what a signature that leads nowhere gives; it is refused even if an owner should have let it in.
        if (provider == address(0) || !validDataProvider[provider]) revert AlloraConsumerInvalidDataProvider();
    }

    function _store(NetworkInferenceData calldata data, address provider) private {
        TopicValue storage stored = topicValues[data.topicId][data.extraData];
        if (data.timestamp <= stored.recentValueTime) {
            revert AlloraConsumerDataNotNewer(data.timestamp, stored.recentValueTime);
        }
        if (data.networkInference > type(uint192).max) {
            revert SafeCastOverflowedUintDowncast(192, data.networkInference);
        }
        stored.recentValue = uint192(data.networkInference);
        // A time that passed `_isOfNow` is at most 2^32 seconds after the block's.
        stored.recentValueTime = uint64(data.timestamp);
        stored.confidenceIntervalPercentiles = data.confidenceIntervalPercentiles;
        stored.confidenceIntervalValues = data.confidenceIntervalValues;
        emit TopicValueStored(data.topicId, data.extraData, stored.recentValue, stored.recentValueTime, provider);
    }

    /// @dev Compared by differences: no sum of a stranger's number, hence no overflow.
    function _isOfNow(uint256 timestamp) private view returns (bool) {
        return timestamp > block.timestamp
            ? timestamp - block.timestamp <= futureDataValiditySeconds
            : block.timestamp - timestamp <= pastDataValiditySeconds;
    }

    /// @dev Of the moment, as a chain may split and go on under another id.
    function _domainSeparator() private view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, DOMAIN_NAME, DOMAIN_VERSION, block.chainid, address(this)));
    }

    function _signerOf(bytes32 message, bytes calldata signature) private pure returns (address) {
        if (signature.length != 65) return address(0);
        uint8 v = uint8(signature[64]);
        bytes32 s = bytes32(signature[32:64]);
        if (v != 27 && v != 28) return address(0);
        if (uint256(s) > HALF_ORDER) return address(0);
        bytes32 digest = keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", message));
        return ecrecover(digest, v, bytes32(signature[:32]), s);
    }
}
